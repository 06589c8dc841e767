/** The one file that knows chart.js: a `ChartModel` on a canvas, with zoom, marks and the cursor. */
import {
  Chart,
  type ChartOptions,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  type Plugin,
  PointElement,
} from 'chart.js';
import annotation from 'chartjs-plugin-annotation';
import zoom from 'chartjs-plugin-zoom';
import type { ChartModel, Range } from '../../server/figures/chart-model.ts';
import { type Point, pointsOf, yAxisOf } from '../../server/figures/points.ts';
import { linearTicks, logTicks, tickLabels } from '../../server/figures/ticks.ts';
import type { Theme } from '../theme.ts';
import { annotationsOf, axisLook, curveLook, tickLook } from './chart-look.ts';
import { drawCursor } from './cursor.ts';

// (The zoom plugin's types declare a CommonJS module; the bundled one is not.)
Chart.register(
  LineController,
  LineElement,
  PointElement,
  LinearScale,
  LogarithmicScale,
  annotation,
  zoom as unknown as Plugin,
);
// No hover by chart.js: the cursor is ours, one for all charts.
Chart.defaults.events = [];
Chart.defaults.animation = false;

export interface LineChartEvents {
  /** The user zoomed or panned; null: zoom reset. */
  onZoom: (range: Range | null) => void;
  /** Position of the pointer on the x axis; null: it left. */
  onCursor: (x: number | null) => void;
  onClick: (x: number) => void;
}

export interface LineChart {
  draw(model: ChartModel, options: { range: Range; theme: Theme }): void;
  /** Position of the shared cursor; drawn in the next frame. */
  setCursor(x: number | null): void;
  /** Let the y axis fit the data again after the user zoomed it. */
  resetY(): void;
  destroy(): void;
}

export function createLineChart(canvas: HTMLCanvasElement, events: LineChartEvents): LineChart {
  let model: ChartModel | undefined;
  let theme: Theme | undefined;
  let cursor: number | null = null;
  let ownY: { min: number; max: number } | null = null;

  const zoomed = (): void => {
    const { x, y } = chart.scales;
    if (x === undefined || y === undefined) return;
    if (y.min !== drawnY?.low || y.max !== drawnY?.high) ownY = { min: y.min, max: y.max };
    events.onZoom({ from: x.min, to: x.max });
  };
  let drawnY: { low: number; high: number } | undefined;

  const chart = new Chart<'line', Point[]>(canvas, {
    type: 'line',
    data: { datasets: [] },
    options: baseOptions(zoomed),
    plugins: [
      {
        id: 'cursor',
        afterDatasetsDraw: ({ ctx, chartArea, scales }) => {
          const { x, y } = scales;
          if (model === undefined || theme === undefined || cursor === null || x === undefined || y === undefined)
            return;
          drawCursor({ ctx, chartArea, x, y }, { model, theme, cursor });
        },
      },
    ],
  });

  const xAt = (event: PointerEvent | MouseEvent): number | null => {
    const { left, right, top, bottom } = chart.chartArea ?? { left: 0, right: 0, top: 0, bottom: 0 };
    const inside = event.offsetX >= left && event.offsetX <= right && event.offsetY >= top && event.offsetY <= bottom;
    const { x } = chart.scales;
    return inside ? (x?.getValueForPixel(event.offsetX) ?? null) : null;
  };
  const listeners = new AbortController();
  const { signal } = listeners;
  let pressed = 0;
  canvas.addEventListener('pointermove', (event) => events.onCursor(xAt(event)), { signal });
  canvas.addEventListener('pointerleave', () => events.onCursor(null), { signal });
  canvas.addEventListener('pointerdown', (event) => (pressed = event.offsetX), { signal });
  canvas.addEventListener(
    'click',
    (event) => {
      const x = xAt(event);
      // The end of a drag also fires a click.
      if (x !== null && Math.abs(event.offsetX - pressed) < 4) events.onClick(x);
    },
    { signal },
  );
  canvas.addEventListener(
    'dblclick',
    () => {
      ownY = null;
      events.onZoom(null);
    },
    { signal },
  );

  function draw(next: ChartModel, options: { range: Range; theme: Theme }): void {
    model = next;
    theme = options.theme;
    const { range } = options;
    const buckets = Math.max(50, chart.chartArea?.width ?? canvas.clientWidth);
    const positive = next.yScale === 'logarithmic';
    const points = next.curves.map((curve) => pointsOf(curve, range, { buckets, positive }));
    const axis = yAxisOf(points, range, next);
    drawnY = { low: ownY?.min ?? axis.low, high: ownY?.max ?? axis.high };
    const known = new Map(chart.data.datasets.map((dataset) => [dataset.label, dataset]));
    chart.data.datasets = next.curves.map((curve, i) => {
      const look = curveLook(curve, points[i] as Point[], i);
      // Without animation chart.js never renews the options shared by a dataset's points: a new look needs a new dataset.
      const label = `${curve.id} ${look.borderColor} ${look.pointRadius} ${look.pointStyle}`;
      return Object.assign(known.get(label) ?? { label, data: [] }, look);
    });
    const yLabels = (ticks: readonly { value: number }[]): string[] =>
      tickLabels(
        ticks.map(({ value }) => value),
        next.formatYTick,
      );
    const dense = Math.max(2, Math.floor(canvas.clientHeight / 24));
    chart.options.scales = {
      x: {
        ...axisLook(next.xTitle, theme),
        ...{ type: 'linear', min: range.from, max: range.to },
        afterBuildTicks: (scale) => {
          scale.ticks = next
            .xTicks(scale.min, scale.max, Math.max(2, Math.floor(scale.width / 48)))
            .map((value) => ({ value }));
        },
        ticks: { ...tickLook(theme), callback: (value) => next.formatX(Number(value)) },
      },
      y: {
        ...axisLook(next.yTitle, theme),
        ...{ type: next.yScale, min: drawnY.low, max: drawnY.high },
        afterBuildTicks: (scale) => {
          const ticks = positive ? logTicks(scale.min, scale.max, dense) : linearTicks(scale.min, scale.max, dense);
          scale.ticks = ticks.map((value) => ({ value }));
        },
        ticks: { ...tickLook(theme), callback: (_, index, ticks) => yLabels(ticks)[index] },
      },
    };
    const plugins = chart.options.plugins ?? {};
    plugins.annotation = {
      clip: true,
      annotations: annotationsOf(next, { theme, range, axis: { ...axis, high: drawnY.high } }),
    };
    const drag = plugins.zoom?.zoom?.drag;
    if (drag !== undefined)
      Object.assign(drag, { backgroundColor: theme.grid, borderColor: theme.accent, borderWidth: 1 });
    chart.update('none');
  }

  return {
    draw,
    setCursor: (x) => {
      cursor = x;
      chart.draw();
    },
    resetY: () => {
      ownY = null;
    },
    destroy: () => {
      listeners.abort();
      chart.destroy();
    },
  };
}

/** Drag: zoom along x. Ctrl and wheel, or a pinch: zoom, on the y axis along y. Shift and drag: pan. */
function baseOptions(zoomed: () => void): ChartOptions<'line'> {
  return {
    responsive: true,
    maintainAspectRatio: false,
    animation: false,
    parsing: false,
    normalized: true,
    layout: { padding: { top: 4, right: 8 } },
    plugins: {
      zoom: {
        zoom: {
          mode: 'x',
          scaleMode: 'y',
          drag: { enabled: true, threshold: 6 },
          wheel: { enabled: true, modifierKey: 'ctrl', speed: 0.15 },
          pinch: { enabled: true },
          onZoomComplete: zoomed,
        },
        pan: { enabled: true, mode: 'x', modifierKey: 'shift', onPanComplete: zoomed },
      },
    },
  };
}
