/** What a proof needs to know of its two runs, without reading all of their series. */
import type { StepRow } from '../../domain/evaluation/proof.ts';
import type { EvaluationEvent, FindingEvent, ProofEvent } from '../../protocol/events.ts';
import type { Database } from './database.ts';
import { numberOf } from './runs.ts';

/** Proofs without a verdict yet, in the order in which they were asked for. */
export const openProofs = (database: Database): ProofEvent[] =>
  database
    .all<{ body: string }>('SELECT body FROM proofs WHERE decided = 0 ORDER BY rowid')
    .map(({ body }) => JSON.parse(body) as ProofEvent);

/** The last `count` steps of a run up to a step, in order. */
export const lastSteps = (
  database: Database,
  run: string,
  { upTo, count }: { upTo: number; count: number },
): StepRow[] =>
  database
    .all<{ step: number; loss: number | null; top1: number | null }>(
      `SELECT step, loss, top1 FROM steps WHERE run = (SELECT key FROM runs WHERE id = ?) AND step <= ?
       ORDER BY step DESC LIMIT ?`,
      run,
      upTo,
      count,
    )
    .map(({ step, loss, top1 }) => ({ step, loss: numberOf(loss), top1: numberOf(top1) }))
    .toReversed();

/** Rules whose finding stands in a run. */
export const standingRules = (database: Database, run: string): FindingEvent['rule'][] =>
  database
    .all<{ rule: string }>(
      'SELECT rule FROM findings WHERE run = (SELECT key FROM runs WHERE id = ?) AND recovered IS NULL',
      run,
    )
    .map(({ rule }) => rule);

/** The last evaluation up to a step: top-1 error in per cent, and over how many images; 0 where an older version did not say. */
export function lastEvaluation(
  database: Database,
  run: string,
  upTo: number,
): { step: number; top1: number; images: number } | undefined {
  const row = database.get<{ step: number; top1: number | null; confusion: string | null }>(
    `SELECT step, top1, confusion FROM evaluations WHERE run = (SELECT key FROM runs WHERE id = ?) AND step <= ?
     ORDER BY step DESC LIMIT 1`,
    run,
    upTo,
  );
  if (!row || row.top1 === null) return undefined;
  const counts = JSON.parse(row.confusion ?? '[]') as NonNullable<EvaluationEvent['confusion']>;
  return { step: row.step, top1: row.top1, images: counts.flat().reduce((sum, count) => sum + count, 0) };
}

/** How many classes a run's data has; undefined before it has started. */
export function classCount(database: Database, run: string): number | undefined {
  const row = database.get<{ body: string }>(
    `SELECT body FROM events WHERE run = (SELECT key FROM runs WHERE id = ?) AND event = 'started'
     ORDER BY sequence DESC LIMIT 1`,
    run,
  );
  return row && (JSON.parse(row.body) as { classes: string[] }).classes.length;
}
