import { formatCount } from '../domain/numbers/format.ts';
import type { FindingEvent } from '../protocol/events.ts';
import { type FindingPlace, placeInFile, placeText } from '../protocol/finding-place.ts';
import { printableLine } from '../protocol/printable.ts';
import { print, styled } from './output.ts';

/** What is printed of a finding, of a run or of a check; of data that can't be used there is no more than where and what. */
type Printed = Pick<FindingEvent, 'rule' | 'severity' | 'message'> &
  FindingPlace &
  Partial<Pick<FindingEvent, 'step' | 'cause' | 'fix' | 'detail' | 'recovered'>>;

const head = ({ severity, rule, step = 0, recovered }: Printed): string => {
  const what = `${styled(severity === 'error' ? 'red' : 'yellow', severity)} ${rule}`;
  // Step 0 is before training.
  return `${what}${step === 0 ? '' : ` at step ${formatCount(step)}`}${recovered === undefined ? '' : `, recovered at step ${formatCount(recovered)}`}`;
};

/** What a fix changes; of one in words alone, what it says. */
const contentOf = ({ fix }: Printed): string => JSON.stringify(fix?.edits.length ? fix.edits : fix?.title);

/** Whether two fixes make the same edits: what mends the cause is shown once. */
const isSameFix = (one: Printed, other: Printed): boolean => contentOf(one) === contentOf(other);

/** The place of a consequence, where it is another than its cause's. */
function elsewhere(other: Printed, root: Printed): string {
  const place = placeInFile(other);
  return place === undefined || place === placeInFile(root) ? '' : `, ${place}`;
}

/** Each cause with its fix, and beneath it what follows from it; `verbose`: with what there is to know beyond the messages. */
export function printFindings(
  findings: readonly Printed[],
  fileName: string,
  { verbose = false }: { verbose?: boolean } = {},
): void {
  const file = printableLine(fileName);
  const rules = new Set(findings.map(({ rule }) => rule));
  const isRoot = ({ cause }: Printed) => cause === undefined || !rules.has(cause);
  for (const root of findings.filter(isRoot)) {
    print(`${placeText(root, file)}: ${head(root)}: ${root.message}`);
    if (root.fix) print(`  fix: ${root.fix.title}`);
    if (verbose && root.detail) print(`  more: ${root.detail}`);
    // Of what follows, something may follow in turn: whatever it is, it stands beneath.
    const explained = new Set([root.rule]);
    for (const other of findings) {
      if (other.cause === undefined || !explained.has(other.cause)) continue;
      explained.add(other.rule);
      print(`  follows: ${head(other)}${elsewhere(other, root)}: ${other.message}`);
      if (other.fix && !isSameFix(root, other)) print(`    fix: ${other.fix.title}`);
      if (verbose && other.detail) print(`    more: ${other.detail}`);
    }
  }
}
