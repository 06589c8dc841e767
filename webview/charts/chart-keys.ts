/** A chart by keyboard: the cursor with arrows, the zoom with plus and minus. */

import type { Range } from '../../server/figures/chart-model.ts';
import { type ChartModel, longestOf } from '../../server/figures/chart-model.ts';
import { nearest } from '../../server/figures/series.ts';
import { zoomAround } from './zoom.ts';

export interface ChartKeysOptions {
  model: ChartModel;
  range: Range;
  cursor: number | null;
}

export type ChartKey = { cursor: number } | { zoom: Range | null } | { pick: number };

/** The action of a key; undefined if it has none. Arrows move to the next point, or by a hundredth of the view if that is farther. */
export function chartKey(
  event: Pick<KeyboardEvent, 'key' | 'shiftKey'>,
  options: ChartKeysOptions,
): ChartKey | undefined {
  const { model, range } = options;
  const longest = longestOf(model.curves);
  if (longest === undefined) return undefined;
  const at = options.cursor ?? range.to;
  const move = (direction: 1 | -1): ChartKey => {
    const index = nearest(longest.x, at);
    const next = longest.x[index + direction] ?? (longest.x[index] as number);
    const share = event.shiftKey ? 0.1 : 0.01;
    const far = at + direction * share * (range.to - range.from);
    const target = direction > 0 ? Math.max(next, far) : Math.min(next, far);
    return snapped(Math.min(range.to, Math.max(range.from, target)));
  };
  const snapped = (x: number): ChartKey => ({ cursor: longest.x[nearest(longest.x, x)] as number });
  switch (event.key) {
    case 'ArrowRight':
      return move(1);
    case 'ArrowLeft':
      return move(-1);
    case 'Home':
      return snapped(range.from);
    case 'End':
      return snapped(range.to);
    case '+':
    case '=':
      return { zoom: zoomAround(range, at, { factor: 0.7, whole: model.extent }) };
    case '-':
      return { zoom: zoomAround(range, at, { factor: 1 / 0.7, whole: model.extent }) };
    case '0':
    case 'Escape':
      return { zoom: null };
    case 'Enter':
    case ' ':
      return { pick: at };
    default:
      return undefined;
  }
}
