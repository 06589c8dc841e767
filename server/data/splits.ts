/** Which examples of a source a run trains on, and which it tests on: a function of the seed. */
import type { DataConfig } from '../domain/config.ts';
import { RandomStream } from '../domain/random/stream.ts';
import type { SplitName } from './image.ts';
import type { Source } from './source.ts';

/** Some of the examples of a set, in a fixed order. */
export interface Split {
  readonly set: SplitName;
  /** Places in the set. */
  readonly indices: Uint32Array;
  readonly labels: Uint16Array;
  readonly count: number;
}

/** Whether an example can be used. */
export type IsGood = (set: SplitName, index: number) => boolean;

/** Share the good examples of a source out and limit them. */
export function chooseSplits(
  source: Source,
  { limit, validation }: Pick<DataConfig, 'limit' | 'validation'>,
  { seed, isGood }: { seed: number; isGood: IsGood },
): Record<SplitName, Split> {
  const split = (set: SplitName, indices: Uint32Array): Split => {
    const labels = (set === 'val' ? source.val : source.train)?.labels ?? new Uint16Array();
    return { set, indices, labels: Uint16Array.from(indices, (index) => labels[index] ?? 0), count: indices.length };
  };
  const good = (set: SplitName, labels: Uint16Array) =>
    Uint32Array.from(labels.keys().filter((index) => isGood(set, index)));
  const inOrder = (all: Uint32Array, order: Uint32Array) => order.map((i) => all[i] ?? 0);
  const train = good('train', source.train.labels);
  if (source.val) {
    const limited = (set: SplitName, all: Uint32Array, most: number | undefined) => {
      if (most === undefined || most >= all.length) return split(set, all);
      const order = new RandomStream({ seed, purpose: 'limit', name: set }).permutation(all.length).slice(0, most);
      return split(set, inOrder(all, order));
    };
    return {
      train: limited('train', train, limit.train),
      val: limited('val', good('val', source.val.labels), limit.val),
    };
  }
  const order = inOrder(train, new RandomStream({ seed, purpose: 'validation' }).permutation(train.length));
  const count = Math.round(validation * train.length);
  return {
    train: split('train', order.subarray(count, count + (limit.train ?? order.length))),
    val: split('train', order.subarray(0, Math.min(count, limit.val ?? count))),
  };
}
