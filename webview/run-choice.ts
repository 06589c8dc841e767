/** Which runs are drawn, and in which colour slot: rules without state. */
import { RUN_COLORS } from '../server/figures/colors.ts';
import type { RunSummary } from '../server/protocol/requests.ts';

/** Never more runs than this are chosen automatically: their heat maps would be pages long. */
const MOST_BY_ITSELF = 6;

const COLORS = RUN_COLORS.dark.length;

const isLive = (run: RunSummary): boolean => run.state === 'running' || run.state === 'queued';

/** Newest first; runs created at the same instant by descending id. */
export const newestFirst = (runs: readonly RunSummary[]): RunSummary[] =>
  [...runs].sort((a, b) => b.created.localeCompare(a.created) || b.run.localeCompare(a.run));

/**
 * Colour slots with the new runs added in order of creation, each in the slot after the last one used: runs that were queued
 * together, which are the ones compared, never share a colour. Removed runs lose their slot.
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
 * Slots in which no two drawn runs share a colour, as long as there are enough: of two that do, the one chosen later
 * moves to another slot and keeps it. Returns the same object if nothing changes.
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
 * The runs to draw for this list: those chosen before that still exist, and every new live run. A panel without an earlier
 * choice starts with the two newest and all that are running.
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
  // Oldest first, as they were queued: legends and heat maps keep that order.
  for (const { run } of wanted.slice(0, MOST_BY_ITSELF).reverse()) {
    if (!chosen.includes(run) && chosen.length < MOST_BY_ITSELF) chosen.push(run);
  }
  return chosen;
}
