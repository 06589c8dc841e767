/** Which runs are drawn, and in which colour slot: rules without state. */
import { RUN_COLORS } from '../server/figures/colors.ts';
import type { RunSummary } from '../server/protocol/requests.ts';

/** More runs than this are never chosen by themselves: pictures of layers would be pages long. */
const MOST_BY_ITSELF = 6;

const COLORS = RUN_COLORS.dark.length;

const isLive = (run: RunSummary): boolean => run.state === 'running' || run.state === 'queued';

/** Newest first; of runs of the same instant the later id first. */
export const newestFirst = (runs: readonly RunSummary[]): RunSummary[] =>
  [...runs].sort((a, b) => b.created.localeCompare(a.created) || b.run.localeCompare(a.run));

/**
 * Colour slots with the new runs added in order of their birth, each the one after the last given: runs that were queued
 * together, which are the ones compared, never share a colour. Runs that are gone lose their slot.
 */
export function assignSlots(
  slots: Readonly<Record<string, number>>,
  runs: readonly RunSummary[],
): Record<string, number> {
  const kept: Record<string, number> = {};
  for (const { run } of runs) if (slots[run] !== undefined) kept[run] = slots[run];
  let next = Math.max(-1, ...Object.values(slots)) + 1;
  for (const { run } of newestFirst(runs).reverse()) kept[run] ??= next++;
  return kept;
}

/**
 * Slots in which no two of the runs that are drawn have one colour, as long as there are enough: of two that have, the one chosen later
 * is given another, and keeps that one. The same object where nothing changes.
 */
export function separateSlots(
  slots: Readonly<Record<string, number>>,
  chosen: readonly string[],
): Readonly<Record<string, number>> {
  const moved: Record<string, number> = {};
  const taken = new Set<number>();
  let next = Math.max(-1, ...Object.values(slots)) + 1;
  for (const run of chosen) {
    const own = slots[run];
    if (own === undefined) continue;
    let slot = own;
    if (taken.has(own % COLORS) && taken.size < COLORS) {
      while (taken.has(next % COLORS)) next++;
      slot = next++;
      moved[run] = slot;
    }
    taken.add(slot % COLORS);
  }
  return Object.keys(moved).length === 0 ? slots : { ...slots, ...moved };
}

/**
 * The runs to draw now that the list is this: those chosen before that are still there, and every run that is new and
 * live. A panel that never had a choice starts with the two newest and all that are running.
 */
export function chooseAmong(
  runs: readonly RunSummary[],
  before: { chosen: readonly string[]; known: ReadonlySet<string> },
): string[] {
  const there = new Set(runs.map((run) => run.run));
  const chosen = before.chosen.filter((run) => there.has(run));
  const newest = newestFirst(runs);
  const wanted =
    before.known.size === 0
      ? newest.filter((run, index) => index < 2 || isLive(run))
      : newest.filter((run) => isLive(run) && !before.known.has(run.run));
  // Oldest first, as they were queued: legends and pictures keep the order in which runs came.
  for (const { run } of wanted.slice(0, MOST_BY_ITSELF).reverse()) {
    if (!chosen.includes(run) && chosen.length < MOST_BY_ITSELF) chosen.push(run);
  }
  return chosen;
}
