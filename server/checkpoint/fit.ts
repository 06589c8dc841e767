/** Whether a checkpoint belongs to the current configuration and data. */
import { createHash } from 'node:crypto';
import { shown } from '../data/listing.ts';
import { isWeighted, type Layer, type RunConfig } from '../domain/config.ts';
import { optimizerOf } from '../domain/optimizers/optimizers.ts';
import { pathOf } from '../domain/origin.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import type { Checkpoint } from './checkpoint.ts';

/** A layer as the hash of every checkpoint so far has it: only the paths of places in run files, under these names, in this order. */
function hashedLayer(layer: Layer): object {
  const { name, origin, ...rest } = layer;
  const base = { name, source: pathOf(origin) };
  if (!isWeighted(layer)) return { ...base, ...rest };
  const { name: _, origin: __, initOrigin, ...weighted } = layer;
  return { ...base, ...weighted, initSource: pathOf(initOrigin) };
}

/**
 * Hash of the settings that determine the weights of a step: the length of a run, its name and its measurements are not
 * included, so that a finished run can be extended.
 */
export function configHash({ seed, network, data, train }: RunConfig): string {
  const { batchSize, learningRate, schedule, weightDecay } = train;
  const { settings } = optimizerOf(train.optimizer);
  const { cacheBytes: _, ...images } = data ?? {};
  const layers = network.layers.map(hashedLayer);
  const update = { batchSize, learningRate, schedule, ...settings, weightDecay };
  const decisive = { seed, network: { ...network, layers }, data: images, train: update };
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
      `The images or labels have changed since this run was saved${changes.length > 0 ? ` (${shown(changes)})` : ''}: continuing would mix two data sets. Restore them, or start a new run.`,
    );
}
