/** Whether a checkpoint belongs to a configuration and to data as they are now. */
import { createHash } from 'node:crypto';
import { shown } from '../data/listing.ts';
import type { RunConfig } from '../domain/config.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import type { Checkpoint } from './checkpoint.ts';

/**
 * Hash of what in a configuration decides the weights of a step: the length of a run, its name and what is measured are not
 * in it, so that a finished run can be extended.
 */
export function configHash({ seed, network, data, train }: RunConfig): string {
  const { batchSize, learningRate, schedule, momentum, weightDecay } = train;
  const { cacheBytes: _, ...images } = data ?? {};
  const decisive = { seed, network, data: images, train: { batchSize, learningRate, schedule, momentum, weightDecay } };
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex');
}

/** Throws a RunFailure for another configuration or other data; `changes` are the files that differ, as far as is known. */
export function checkFits(
  { state, file }: Pick<Checkpoint, 'state' | 'file'>,
  { changes, ...expected }: { configHash: string; dataHash: string; changes: readonly string[] },
): void {
  if (state.configHash !== expected.configHash)
    throw new RunFailure(`${file} belongs to another network, rate or seed than this run’s file. Start a new run.`);
  if (state.dataHash !== expected.dataHash)
    throw new RunFailure(
      `The images or labels have changed since this run was saved${changes.length > 0 ? ` (${shown(changes)})` : ''}: going on would mix two data sets. Restore them, or start a new run.`,
    );
}
