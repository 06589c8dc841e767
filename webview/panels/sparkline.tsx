/** A list of numbers by depth, as a line no higher than a line of text. */
import type { VNode } from 'preact';
import { formatNumber } from '../../server/domain/numbers/format.ts';

const WIDTH = 84;
const HEIGHT = 18;

/** Range beyond which a line is drawn over powers of ten. */
const WIDE = 100;

export function Sparkline({ values }: { values: readonly number[] }): VNode {
  const finite = values.filter(Number.isFinite);
  const least = Math.min(...finite);
  const greatest = Math.max(...finite);
  const log = least > 0 && greatest / least > WIDE;
  const scale = log ? Math.log10 : (value: number): number => value;
  const [low, high] = [scale(least), scale(greatest)];
  const points = values.flatMap((value, i) => {
    if (!Number.isFinite(value)) return [];
    const share = high > low ? (scale(value) - low) / (high - low) : 0.5;
    return [
      `${((i / Math.max(1, values.length - 1)) * WIDTH).toFixed(1)},${(HEIGHT - 2 - share * (HEIGHT - 4)).toFixed(1)}`,
    ];
  });
  const words = `${values.length} layers, first ${formatNumber(values[0] ?? Number.NaN)}, last ${formatNumber(values.at(-1) ?? Number.NaN)}, ${formatNumber(least)} to ${formatNumber(greatest)}`;
  return (
    <span class="sparkline" title={`${words}${log ? '; logarithmic' : ''}`}>
      <small>{formatNumber(values[0] ?? Number.NaN)}</small>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img" aria-label={words}>
        <polyline points={points.join(' ')} fill="none" stroke="currentColor" stroke-width="1.25" />
      </svg>
      <small>{formatNumber(values.at(-1) ?? Number.NaN)}</small>
    </span>
  );
}
