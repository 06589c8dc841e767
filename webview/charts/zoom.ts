/** Arithmetic of the zoom shared by all charts. */
import type { Range } from '../../server/figures/chart-model.ts';

/** The range made narrower (factor < 1) or wider around a place, clamped to the full range; null if it is the full range. */
export function zoomAround(range: Range, at: number, options: { factor: number; whole: Range }): Range | null {
  const { factor, whole } = options;
  const from = Math.max(whole.from, at - (at - range.from) * factor);
  const to = Math.min(whole.to, at + (range.to - at) * factor);
  return clampZoom({ from, to }, whole);
}

/** A range clamped to the full range and to a minimum width; null if it is the full range. */
export function clampZoom(range: Range, whole: Range): Range | null {
  const width = Math.min(whole.to - whole.from, Math.max(range.to - range.from, (whole.to - whole.from) * 1e-6));
  const from = Math.min(Math.max(range.from, whole.from), whole.to - width);
  return width >= (whole.to - whole.from) * 0.9999 ? null : { from, to: from + width };
}
