/** A chosen run with the results by class of its last evaluation that has them. */
import { type ClassErrorRow, classRows, lastByClass } from '../../server/figures/class-errors.ts';
import type { EvaluationEvent } from '../../server/protocol/events.ts';
import type { ChosenRun } from '../charts/chosen-run.ts';

export interface TestedRun {
  readonly run: ChosenRun;
  readonly test: EvaluationEvent;
  /** Of the classes, by label. */
  readonly names: readonly string[];
  /** Ascending by top-1 error. */
  readonly rows: readonly ClassErrorRow[];
}

/** Empty if there was no evaluation yet. */
export function testedRun(run: ChosenRun): TestedRun[] {
  const test = lastByClass(run.data.tests);
  const names = run.data.started?.classes ?? [];
  return test ? [{ run, test, names, rows: classRows(test, names) }] : [];
}
