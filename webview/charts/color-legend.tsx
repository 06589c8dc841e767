/** The colour scale of the heat maps: viridis with its numbers, and the two colours that are not magnitudes. */
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatNumber, formatPower } from '../../server/domain/numbers/format.ts';
import { BROKEN_COLOR, cssColor, type Rgb, viridis, ZERO_COLOR } from '../../server/figures/colors.ts';
import type { GridRange } from '../../server/figures/layer-grid.ts';
import type { LayerQuantity } from '../../server/figures/quantities.ts';
import { linearTicks, logTicks } from '../../server/figures/ticks.ts';

const WIDTH = 200;

export function ColorLegend({ quantity, scale }: { quantity: LayerQuantity; scale: GridRange }): VNode {
  const bar = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const ctx = bar.current?.getContext('2d');
    if (ctx === null || ctx === undefined) return;
    for (let i = 0; i < WIDTH; i++) {
      ctx.fillStyle = cssColor(viridis(i / (WIDTH - 1)));
      ctx.fillRect(i, 0, 1, 8);
    }
  }, []);
  const [low, high] = scale;
  const log = quantity.scale === 'logarithmic';
  const ticks = log ? logTicks(10 ** low, 10 ** high, 6) : linearTicks(low, high, 5);
  const place = (value: number): number => ((log ? Math.log10(value) : value) - low) / (high - low);
  const format = log ? formatPower : formatNumber;
  const { threshold } = quantity;
  const limit = threshold === undefined ? -1 : place(threshold.value);
  return (
    <div
      class="color-legend"
      role="img"
      aria-label={`Colour scale of ${quantity.title}: from ${format(ticks[0] ?? 0)}, dark, to ${format(ticks.at(-1) ?? 1)}, bright`}
    >
      <div class="scale">
        <canvas ref={bar} width={WIDTH} height={8} />
        {ticks.map((tick) => (
          <span key={tick} class="tick" style={{ left: `${place(tick) * 100}%` }}>
            {format(tick)}
          </span>
        ))}
        {limit >= 0 && limit <= 1 && (
          <span class="limit" title={threshold?.label} style={{ left: `${limit * 100}%` }} />
        )}
      </div>
      {log && <Patch color={ZERO_COLOR} label="0" />}
      <Patch color={BROKEN_COLOR} label="NaN, ∞" />
    </div>
  );
}

function Patch({ color, label }: { color: Rgb; label: string }): VNode {
  return (
    <span class="patch">
      <span class="patch-color" style={{ backgroundColor: cssColor(color) }} />
      {label}
    </span>
  );
}
