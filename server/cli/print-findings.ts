import type { FindingEvent } from '../protocol/events.ts';
import { print } from './output.ts';

/** Each cause, and beneath it what follows from it; `verbose`: with what there is to know beyond the messages. */
export function printFindings(
  findings: readonly FindingEvent[],
  file: string,
  { verbose = false }: { verbose?: boolean } = {},
): void {
  const rules = new Set(findings.map(({ rule }) => rule));
  const isRoot = ({ cause }: FindingEvent) => cause === undefined || !rules.has(cause);
  const line = ({ severity, rule, step, recovered, message }: FindingEvent) =>
    `${severity} ${rule} at step ${step}${recovered === undefined ? '' : `, recovered at step ${recovered}`}: ${message}`;
  for (const root of findings.filter(isRoot)) {
    print(`\n${file}:${root.line}:${root.column}: ${line(root)}`);
    if (verbose && root.detail) print(`  more: ${root.detail}`);
    // Of what follows, something may follow in turn: whatever it is, it stands beneath.
    const explained = new Set([root.rule]);
    for (const other of findings) {
      if (other.cause === undefined || !explained.has(other.cause)) continue;
      explained.add(other.rule);
      print(`  follows: ${line(other)}`);
      if (verbose && other.detail) print(`    more: ${other.detail}`);
    }
  }
}
