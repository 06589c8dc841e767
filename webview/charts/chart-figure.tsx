/** A line chart with its heading, values, buttons, keyboard and table. */
import { type ReadonlySignal, type Signal, useSignalEffect } from '@preact/signals';
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { chartCsv } from '../../server/figures/chart-csv.ts';
import type { ChartModel, Range } from '../../server/figures/chart-model.ts';
import { chartSvg } from '../../server/figures/chart-svg.ts';
import { useDrawing } from '../frame.ts';
import { usePanel } from '../panels/context.ts';
import { chartKey } from './chart-keys.ts';
import { chosenRuns } from './chosen-run.ts';
import { DataTable } from './data-table.tsx';
import { FigureTools } from './figure-tools.tsx';
import { createLineChart, type LineChart } from './line-chart.ts';
import { Readout, speakValues } from './readout.tsx';
import { chartTable } from './table.ts';
import { clampZoom } from './zoom.ts';

export interface ChartFigureProps {
  /** Unique among the charts, and stable when the panel is reopened. */
  id: string;
  /** In full, for a file and a screen reader. */
  title: string;
  /** The visible heading, if the rest of the title is shown elsewhere; empty: the children show it. */
  heading?: string;
  model: ReadonlySignal<ChartModel>;
  /** The same chart in the colours of a light page, for a file. */
  lightModel: () => ChartModel;
  zoom: ReadonlySignal<Range | null>;
  onZoom: (range: Range | null) => void;
  cursor: Signal<number | null>;
  onPick?: (x: number) => void;
  /** The text while there is nothing to draw; null once there is. */
  waiting: ReadonlySignal<string | null>;
  /** Further controls beside the heading. */
  children?: ComponentChildren;
}

export function ChartFigure(props: ChartFigureProps): VNode {
  const { id, title, model, zoom, cursor } = props;
  const { store, theme } = usePanel();
  const isTable = store.view.value.tables.includes(id);
  const waiting = props.waiting.value;
  const range = (): Range => zoom.value ?? model.value.extent;
  return (
    <figure class="chart" aria-labelledby={`title-${id}`}>
      <figcaption>
        <h3 id={`title-${id}`} class={props.heading === '' ? 'sr-only' : ''} aria-label={title}>
          {props.heading ?? title}
        </h3>
        {props.children}
        <WhereText model={model} cursor={cursor} />
        <FigureTools
          id={id}
          title={title}
          csv={() => chartCsv(model.value)}
          svg={() => chartSvg(props.lightModel(), { title, range: range() })}
        />
      </figcaption>
      <Readout model={() => model.value} cursor={cursor} />
      {isTable ? (
        <DataTable table={chartTable(model.value, range())} caption={title} />
      ) : (
        <ChartCanvas
          {...props}
          range={range}
          speak={(x) => speakValues(model.value, chosenRuns(store, theme.value.page), x)}
        />
      )}
      {waiting !== null && <p class="waiting">{waiting}</p>}
    </figure>
  );
}

/** Where the cursor is, or that the values are the latest. */
function WhereText({ model, cursor }: { model: ReadonlySignal<ChartModel>; cursor: Signal<number | null> }): VNode {
  const x = cursor.value;
  return <span class="where">{x === null ? '' : model.value.formatPlace(x)}</span>;
}

type ChartCanvasProps = ChartFigureProps & { range: () => Range; speak: (x: number | null) => string };

function ChartCanvas(props: ChartCanvasProps): VNode {
  const { title, model, zoom, cursor, range, speak } = props;
  const { theme } = usePanel();
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const chart = useRef<LineChart>(undefined);
  const latest = useRef(props);
  latest.current = props;

  const redraw = useDrawing(box, () =>
    chart.current?.draw(model.peek(), { range: zoom.peek() ?? model.peek().extent, theme: theme.peek() }),
  );
  const moveCursor = useDrawing(box, () => chart.current?.setCursor(cursor.peek()));

  useEffect(() => {
    if (canvas.current === null) return undefined;
    const made = createLineChart(canvas.current, {
      onZoom: (next) => latest.current.onZoom(next === null ? null : clampZoom(next, model.peek().extent)),
      onCursor: (x) => {
        latest.current.cursor.value = x;
      },
      onClick: (x) => latest.current.onPick?.(x),
    });
    chart.current = made;
    redraw();
    return () => {
      chart.current = undefined;
      made.destroy();
    };
  }, [model, redraw]);
  useSignalEffect(() => {
    model.value;
    theme.value;
    if (zoom.value === null) chart.current?.resetY();
    redraw();
  });
  useSignalEffect(() => {
    cursor.value;
    moveCursor();
  });

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const done = chartKey(event, { model: model.peek(), range: range(), cursor: cursor.peek() });
    if (done === undefined) return;
    event.preventDefault();
    if ('cursor' in done) cursor.value = done.cursor;
    else if ('zoom' in done) props.onZoom(done.zoom);
    else props.onPick?.(done.pick);
  };
  const at = cursor.value ?? range().to;
  return (
    <div class="canvas-box" ref={box}>
      <canvas
        ref={canvas}
        // With a slider, screen reader users can step through the values with arrow keys.
        role="slider"
        tabIndex={0}
        aria-label={`${title}: cursor`}
        aria-orientation="horizontal"
        aria-valuemin={range().from}
        aria-valuemax={range().to}
        aria-valuenow={at}
        aria-valuetext={`${model.value.formatPlace(at)}: ${speak(at)}`}
        onKeyDown={onKeyDown}
        onBlur={() => {
          cursor.value = null;
        }}
      />
    </div>
  );
}
