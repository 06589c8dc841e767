/** Why the data that a run file names can't be used: not a rule's finding, but training would fail. */
import type { DataProblem } from '../protocol/data-look.ts';
import type { Severity } from '../protocol/events.ts';
import { RUN_FILE_RULE } from './mistake.ts';
import type { Positions } from './positions.ts';

export interface DataFailure {
  readonly rule: typeof RUN_FILE_RULE;
  readonly severity: Severity;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The network is checked without its data; training would refuse, so that each is an error. */
export function describeDataProblem(
  { message, source = ['data', 'source'] }: DataProblem,
  positions: Positions,
): DataFailure {
  const { line, column } = positions.nearestRange(source);
  return { rule: RUN_FILE_RULE, severity: 'error', line, column, message };
}
