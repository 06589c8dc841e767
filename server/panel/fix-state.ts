/** Whether a fix can still be applied to a run's file, or is there already. Pure. */
import type { FileEdit } from '../protocol/events.ts';
import type { FixState } from '../protocol/panel.ts';
import { applyEdits } from '../run-file/edit.ts';
import { positionsOf } from '../run-file/positions.ts';

/**
 * `then` is the text that was run, `now` the file's. A fix is applied where every line that it changes reads as it would have
 * it, whatever else was edited on other lines.
 */
export function fixState(then: string, now: string, edits: readonly FileEdit[]): FixState {
  if (then === now) return 'fits';
  const fixed = applyEdits(positionsOf(then, null), edits);
  if (fixed === now) return 'applied';
  const [old, wanted, there] = [then, fixed, now].map((text) => text.split(/\r?\n/)) as [string[], string[], string[]];
  const inPlace = old.length === wanted.length && wanted.length === there.length;
  return inPlace && wanted.every((line, i) => line === old[i] || line === there[i]) ? 'applied' : 'changed';
}
