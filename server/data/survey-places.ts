/** Which images of a run a survey looks at. */
import { RandomStream } from '../domain/random/stream.ts';
import type { SplitName } from './image.ts';
import type { Split } from './splits.ts';

/** An image of a run. */
export interface Place {
  /** Whether the run trains or tests on it. */
  readonly role: SplitName;
  /** Where it lies: part of train may be validation. */
  readonly set: SplitName;
  readonly index: number;
  readonly label: number;
}

/** All images that a run uses, those of one role after the other. */
export const placesOf = (splits: Readonly<Record<SplitName, Split>>, role: SplitName): Place[] =>
  Array.from(splits[role].indices, (index, i) => ({
    role,
    set: splits[role].set,
    index,
    label: splits[role].labels[i] ?? 0,
  }));

/** So many of them at random, in their order: the same for the same seed. */
export function drawPlaces(places: readonly Place[], most: number, seed: number): Place[] {
  if (places.length <= most) return [...places];
  const stream = new RandomStream({ seed, purpose: 'survey', name: places[0]?.role ?? '' });
  const chosen = stream.permutation(places.length).slice(0, most).toSorted();
  return Array.from(chosen, (i) => places[i] as Place);
}

const AT_ONCE = 8;

/** Do the same with many items, a few at a time; results in the order of the items. */
export async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let i = 0; i < items.length; i += AT_ONCE)
    results.push(...(await Promise.all(items.slice(i, i + AT_ONCE).map(work))));
  return results;
}
