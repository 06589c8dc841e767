/** Classes that take each other's place, by what nearest neighbours say. */
import type { Confusion } from './neighbours.ts';

/** Images of class `from` look like those of class `to`. */
export interface Exchange {
  readonly from: number;
  readonly to: number;
  /** Images of `from`, and those of them whose neighbour is of class `to`. */
  readonly images: number;
  readonly moved: number;
}

/** Of the images of a class: with a neighbour of the other class now, with one of the own class and of the other before. */
export const LEAST_MOVED = 0.4;
const LEAST_OWN = 0.5;
const MOST_BEFORE = 0.25;
const LEAST_SIGNIFICANCE = 3;
const LEAST_IMAGES = 4;

const sum = (row: readonly number[]): number => row.reduce((total, count) => total + count, 0);

/** Difference of two shares in standard errors: a of n against b of m. */
function significance([a, n]: readonly [number, number], [b, m]: readonly [number, number]): number {
  const share = (a + b) / (n + m);
  return (a / n - b / m) / Math.sqrt(share * (1 - share) * (1 / n + 1 / m));
}

/** Classes whose images had neighbours of their own class before and have those of another one now. */
function moves(before: Confusion, now: Confusion): Exchange[] {
  return now.flatMap((row, from): Exchange[] => {
    const own = before[from] ?? [];
    const [images, all] = [sum(row), sum(own)];
    const moved = Math.max(...row);
    const to = row.indexOf(moved);
    if (to === from || images < LEAST_IMAGES || all < LEAST_IMAGES || moved < LEAST_MOVED * images) return [];
    const was = own[to] ?? 0;
    if ((own[from] ?? 0) < LEAST_OWN * all || was > MOST_BEFORE * all) return [];
    return significance([moved, images], [was, all]) >= LEAST_SIGNIFICANCE ? [{ from, to, images, moved }] : [];
  });
}

/** Pairs of classes that look like each other now, and did not before; empty where none do. */
export function exchangedPairs(before: Confusion, now: Confusion): Exchange[] {
  const found = moves(before, now);
  return found.filter(({ from, to }) => found.some((other) => other.from === to && other.to === from));
}

/** Classes in another order now: each looks like one other, no two like the same, and most of those have moved, too. */
export function permutedClasses(before: Confusion, now: Confusion): Exchange[] {
  const found = moves(before, now);
  const targets = new Set(found.map(({ to }) => to));
  const moved = found.filter(({ from }) => targets.has(from)).length;
  return found.length >= 2 && targets.size === found.length && moved >= found.length / 2 ? found : [];
}
