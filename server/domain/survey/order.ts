/** Whether a batch in the order of the files holds as many classes as one in random order. */
import { RandomStream } from '../random/stream.ts';

export interface BatchOrder {
  /** Different classes in a batch, on average, in the order in which the run has its examples without `shuffle`. */
  readonly classes: number;
  /** The same for the same examples in random order. */
  readonly shuffled: number;
  readonly batchSize: number;
}

function meanClasses(labels: Uint16Array, batchSize: number): number {
  const batches = Math.floor(labels.length / batchSize);
  let sum = 0;
  for (let i = 0; i < batches; i++) sum += new Set(labels.subarray(i * batchSize, (i + 1) * batchSize)).size;
  return sum / batches;
}

/** Count the classes of whole batches; at least one is there. */
export function batchOrder(labels: Uint16Array, batchSize: number, { seed }: { seed: number }): BatchOrder {
  const order = new RandomStream({ seed, purpose: 'survey', name: 'order' }).permutation(labels.length);
  const shuffled = Uint16Array.from(order, (i) => labels[i] ?? 0);
  return { classes: meanClasses(labels, batchSize), shuffled: meanClasses(shuffled, batchSize), batchSize };
}
