/** One run's heat map of layers by steps: hover or arrow keys read it out, a click or Enter selects the layer and the step. */
import { useSignal, useSignalEffect } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatNumber } from '../../server/domain/numbers/format.ts';
import type { Range } from '../../server/figures/chart-model.ts';
import { gridOf } from '../../server/figures/derived.ts';
import type { GridRange } from '../../server/figures/layer-grid.ts';
import type { LayerQuantity } from '../../server/figures/quantities.ts';
import { lowerBound, nearest } from '../../server/figures/series.ts';
import { formatPlace, formatX, xTicks } from '../../server/figures/ticks.ts';
import { useDrawing } from '../frame.ts';
import { usePanel } from '../panels/context.ts';
import type { ChosenRun } from './chosen-run.ts';
import { createPixels } from './heatmap-cache.ts';
import { drawHeatmap, type HeatmapArea, heatmapArea, heatmapHeight, plotPixels } from './heatmap-draw.ts';
import { PictureHead } from './picture-head.tsx';
import { clampZoom, zoomAround } from './zoom.ts';

export interface HeatmapProps {
  run: ChosenRun;
  quantity: LayerQuantity;
  scale: GridRange;
  /** The whole x axis of all runs. */
  whole: Range;
}

/** A cell of the heat map: indices of probe and layer. */
interface Cell {
  probe: number;
  layer: number;
}

export function Heatmap({ run, quantity, scale, whole }: HeatmapProps): VNode {
  const panel = usePanel();
  const { store, theme, layerCursor } = panel;
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const pixels = useRef(createPixels());
  const later = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(later.current), []);
  const drag = useSignal<{ from: number; to: number } | null>(null);
  const { layers } = run.data.probes;
  const unit = store.view.value.x;
  const range = (): Range => store.view.peek().zoom ?? whole;
  const places = (): Float64Array => run.data.probes[unit].view();

  const redraw = useDrawing(box, () => {
    if (canvas.current === null) return;
    clearTimeout(later.current);
    const seen = range();
    const ticks = xTicks(unit, seen.from, seen.to, Math.max(2, Math.floor((canvas.current.clientWidth - 80) / 70)));
    const width = plotPixels(canvas.current.clientWidth, layers.length);
    const picture = pixels.current(
      { grid: gridOf(run.data, quantity), x: places(), range: seen, scale, width },
      performance.now(),
    );
    if (picture.staleFor !== undefined) later.current = setTimeout(redraw, picture.staleFor);
    drawHeatmap(canvas.current, {
      ...{ pixels: picture, layers, range: seen, theme: theme.peek() },
      ...{ selected: store.view.peek().layer, layerCursor: layerCursor.peek(), cursor: store.cursor.peek() },
      flags: new Map(
        run.data.findings.map(({ layer = '', severity }) => [
          layer,
          severity === 'error' ? theme.peek().error : theme.peek().warning,
        ]),
      ),
      drag: drag.peek() === null ? null : ordered(drag.peek() as Range),
      ticks: ticks.map((x) => ({ x, label: formatX(unit, x) })),
    });
  });
  redraw();
  useSignalEffect(() => {
    store.version.value;
    store.view.value;
    store.cursor.value;
    theme.value;
    layerCursor.value;
    drag.value;
    redraw();
  });

  const xAt = (event: MouseEvent, area: HeatmapArea): number => {
    const { from, to } = range();
    const share = Math.min(1, Math.max(0, (event.offsetX - area.left) / (area.right - area.left)));
    return from + share * (to - from);
  };
  const areaNow = (): HeatmapArea => heatmapArea(canvas.current?.clientWidth ?? 0, layers.length);
  const layerAt = (event: MouseEvent, area: HeatmapArea): string | null =>
    event.offsetY >= area.top && event.offsetY < area.bottom
      ? (layers[Math.floor((event.offsetY - area.top) / area.row)] ?? null)
      : null;
  const point = (event: PointerEvent): void => {
    const area = areaNow();
    const x = xAt(event, area);
    layerCursor.value = layerAt(event, area);
    store.cursor.value = x;
    if (drag.value !== null) drag.value = { from: drag.value.from, to: x };
  };
  const release = (event: PointerEvent): void => {
    const dragged = drag.value === null ? null : ordered(drag.value);
    drag.value = null;
    const area = areaNow();
    const wide =
      dragged !== null && (dragged.to - dragged.from) / (range().to - range().from) > 6 / (area.right - area.left);
    if (wide) store.set({ zoom: clampZoom(dragged, whole) });
    else select(layerAt(event, area), xAt(event, area));
  };
  const select = (layer: string | null, x: number): void => {
    if (layer !== null) store.set({ layer, profileStep: run.data.probes.step.at(probeAt(places(), x)) });
  };
  const wheel = (event: WheelEvent): void => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    store.set({
      zoom: zoomAround(range(), xAt(event, areaNow()), { factor: event.deltaY < 0 ? 0.85 : 1 / 0.85, whole }),
    });
  };
  const leave = (): void => {
    layerCursor.value = null;
    store.cursor.value = null;
  };

  const cell = (): Cell => ({
    probe: probeAt(places(), store.cursor.value ?? range().to),
    layer: Math.max(0, layers.indexOf(layerCursor.value ?? store.view.value.layer ?? '')),
  });
  const describe = ({ probe, layer }: Cell): string => {
    const value = quantity.of(run.data)(probe, layer);
    const where = formatPlace(unit, places()[probe] as number, run.data.probes.step.at(probe));
    return `${layers[layer]}, ${where}: ${formatNumber(value)}`;
  };
  const keyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = cell();
    const far = event.shiftKey ? 10 : 1;
    const moves: Record<string, Partial<Cell>> = {
      ArrowLeft: { probe: at.probe - far },
      ArrowRight: { probe: at.probe + far },
      ArrowUp: { layer: at.layer - far },
      ArrowDown: { layer: at.layer + far },
      Home: { probe: 0 },
      End: { probe: places().length - 1 },
    };
    const move = moves[event.key];
    if (move !== undefined) {
      const next = { ...at, ...move };
      next.probe = Math.min(places().length - 1, Math.max(0, next.probe));
      next.layer = Math.min(layers.length - 1, Math.max(0, next.layer));
      layerCursor.value = layers[next.layer] ?? null;
      store.cursor.value = places()[next.probe] ?? null;
      panel.spoken.value = describe(next);
    } else if (event.key === 'Enter' || event.key === ' ')
      select(layers[at.layer] ?? null, places()[at.probe] as number);
    else if (event.key === 'Escape' || event.key === '0') store.set({ zoom: null });
    else return;
    event.preventDefault();
  };

  const pointed = store.cursor.value !== null && layerCursor.value !== null && places().length > 0;
  const style = { height: `${heatmapHeight(layers.length)}px` };
  return (
    <div class="heatmap">
      <PictureHead run={run}>{pointed ? describe(cell()) : ''}</PictureHead>
      <div
        class="canvas-box"
        ref={box}
        style={style}
        role="application"
        aria-roledescription="heat map of layers by steps"
        aria-label={`${quantity.title} of ${layers.length} layers of ${run.name}. Arrow keys read it out, Enter selects a layer.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: an application is interactive by definition
        tabIndex={0}
        onKeyDown={keyDown}
        onBlur={leave}
      >
        <canvas
          ref={canvas}
          style={style}
          onPointerMove={point}
          onPointerLeave={leave}
          onPointerDown={(event) => {
            canvas.current?.setPointerCapture(event.pointerId);
            const x = xAt(event, areaNow());
            drag.value = { from: x, to: x };
          }}
          onPointerUp={release}
          onPointerCancel={() => {
            drag.value = null;
          }}
          onDblClick={() => store.set({ zoom: null })}
          onWheel={wheel}
        />
      </div>
    </div>
  );
}

const ordered = (range: Range): Range => ({ from: Math.min(range.from, range.to), to: Math.max(range.from, range.to) });

/** The probe in effect at an x: the last one not after it, or the first. */
function probeAt(places: Float64Array, x: number): number {
  const close = nearest(places, x);
  if (close >= 0 && places[close] === x) return close;
  return Math.max(0, lowerBound(places, x) - 1);
}
