/** Whether a fix can still be applied to a run's file, or is already applied. Pure. */
import type { FileEdit } from '../protocol/events.ts';
import type { FixState } from '../protocol/panel.ts';
import { applyEdits } from '../run-file/edit.ts';
import { positionsOf } from '../run-file/positions.ts';

/**
 * `then` is the text that was run, `now` the file's: lines that the fix does not change may differ (a user's edits,
 * `--set`). A fix fits if the lines that it changes are as they were run, and is applied if they read as the fix would make them.
 */
export function fixState(then: string, now: string, edits: readonly FileEdit[]): FixState {
  if (then === now) return 'fits';
  const fixed = applyEdits(positionsOf(then, null), edits);
  if (fixed === now) return 'applied';
  const [old, wanted, there] = [then, fixed, now].map((text) => text.split(/\r?\n/)) as [string[], string[], string[]];
  const inPlace = old.length === wanted.length && wanted.length === there.length;
  const changes = [...wanted.keys()].filter((i) => wanted[i] !== old[i]);
  if (!inPlace || changes.length === 0) return 'changed';
  if (changes.every((i) => there[i] === old[i])) return 'fits';
  return changes.every((i) => there[i] === wanted[i]) ? 'applied' : 'changed';
}
