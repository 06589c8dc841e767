import { pathOf, type SourcePath } from '../domain/origin.ts';
import type { Finding, ProposedFix } from '../domain/rules/rule.ts';
import type { FileEdit, FindingEvent } from '../protocol/events.ts';
import { type Scalar, toScalar } from '../protocol/scalar.ts';
import { applyEdits, removeKeyEdit, setValueEdit } from './edit.ts';
import { placeOf } from './place.ts';
import { find, type Positions } from './positions.ts';
import { readRunFile } from './read.ts';

/** Where a key is written: a layer's settings may stand beside its kind instead of below it. */
function keyPath(path: SourcePath, { root }: Positions): SourcePath {
  const beside = [...path.slice(0, -2), ...path.slice(-1)];
  return path[1] === 'layers' && !find(root, path) && find(root, beside) ? beside : path;
}

/** A fix as edits of the run file; only a title, without edits, if what it changes was not written there. */
export const describeFix = (
  { title, changes }: ProposedFix,
  positions: Positions | undefined,
): { title: string; edits: FileEdit[] } => ({
  title,
  edits: changes.flatMap((change) => {
    const named = pathOf(change.at);
    if (!named || !positions) return [];
    const path = keyPath(named, positions);
    return change.kind === 'set' ? setValueEdit(positions, path, change.value) : removeKeyEdit(positions, path);
  }),
});

/** What a text means, its defaults filled in, but for where it was written; undefined where it can’t be read. */
function meaningOf(text: string): string | undefined {
  const { config } = readRunFile(text, { fileName: '', folder: '/', forCheck: true });
  return config && JSON.stringify(config, (key, value) => (/origin$/i.test(key) ? undefined : value));
}

/** Whether a text with these edits means what it meant before: the values in force, written out or by default, are the same. */
function changesNothing(edits: readonly FileEdit[], positions: Positions): boolean {
  const before = meaningOf(positions.text);
  return before !== undefined && before === meaningOf(applyEdits(positions, edits));
}

/** A fix as edits; none where its edits would change nothing. */
function usefulFix(fix: ProposedFix, positions: Positions | undefined): FindingEvent['fix'] {
  const described = describeFix(fix, positions);
  return positions && described.edits.length > 0 && changesNothing(described.edits, positions) ? undefined : described;
}

/**
 * A finding as users and views get it, without its run: with its place, and the fix as text edits. `positions`: of the
 * run file, if there is one.
 */
export function describeFinding(
  finding: Finding,
  positions: Positions | undefined,
): Omit<FindingEvent, 'event' | 'run'> {
  const fix = finding.fix && usefulFix(finding.fix, positions);
  const scalars = ([key, value]: [string, number | readonly number[] | string]): [
    string,
    Scalar | Scalar[] | string,
  ] => [key, typeof value === 'string' ? value : typeof value === 'number' ? toScalar(value) : value.map(toScalar)];
  return {
    rule: finding.rule,
    severity: finding.severity,
    step: finding.step,
    ...(finding.cause !== undefined && { cause: finding.cause }),
    ...(finding.layer !== undefined && { layer: finding.layer }),
    ...placeOf(finding.origin, positions),
    message: finding.message,
    evidence: Object.fromEntries(Object.entries(finding.evidence).map(scalars)),
    threshold: finding.threshold,
    source: finding.thresholdSource,
    ...(finding.predicted !== undefined && { predicted: toScalar(finding.predicted) }),
    ...(finding.measured !== undefined && { measured: toScalar(finding.measured) }),
    ...(fix && { fix }),
    detail: finding.detail,
  };
}
