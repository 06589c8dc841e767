import { pathOf, type SourcePath } from '../domain/origin.ts';
import type { Finding, ProposedFix } from '../domain/rules/rule.ts';
import type { FileEdit, FindingEvent } from '../protocol/events.ts';
import { type Scalar, toScalar } from '../protocol/scalar.ts';
import { removeKeyEdit, setValueEdit } from './edit.ts';
import { placeOf } from './place.ts';
import { find, type Positions } from './positions.ts';

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

/**
 * A finding as users and views get it, without its run: with its place, and the fix as text edits. `positions`: of the
 * run file, if there is one.
 */
export function describeFinding(
  finding: Finding,
  positions: Positions | undefined,
): Omit<FindingEvent, 'event' | 'run'> {
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
    ...(finding.fix && { fix: describeFix(finding.fix, positions) }),
    detail: finding.detail,
  };
}
