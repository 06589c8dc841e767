/** Some training examples of several classes, for a test that needs few. */
import { RandomStream } from '../domain/random/stream.ts';

/**
 * Places in the training split of `count` examples, or of all where there are fewer: drawn by the seed, the classes in turn, so that
 * each has as many as the others where it has that many. In random order.
 */
export function drawSample(labels: ArrayLike<number>, { seed, count }: { seed: number; count: number }): number[] {
  const order = new RandomStream({ seed, purpose: 'sample' }).permutation(labels.length);
  const byClass = Map.groupBy(order, (i) => labels[i] ?? 0);
  const rows = [...byClass.values()];
  const longest = Math.max(0, ...rows.map((row) => row.length));
  const drawn: number[] = [];
  for (let turn = 0; turn < longest && drawn.length < count; turn++)
    for (const row of rows) {
      const place = row[turn];
      if (place !== undefined && drawn.length < count) drawn.push(place);
    }
  const mixed = new RandomStream({ seed, purpose: 'sample', index: 1 }).permutation(drawn.length);
  return Array.from(mixed, (i) => drawn[i] ?? 0);
}
