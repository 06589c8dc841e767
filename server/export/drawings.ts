/** The charts of one run, the same as in the panel. */

import type { ChartModel, CurveView, Range } from '../figures/chart-model.ts';
import { chartSvg } from '../figures/chart-svg.ts';
import { CURVE_TITLES, type CurveChart, curveChart } from '../figures/curves.ts';
import type { DrawnRun } from '../figures/drawn-run.ts';
import { heatmapSvg } from '../figures/heatmap-svg.ts';
import { isMeasured, profileChart } from '../figures/layer-charts.ts';
import { LAYER_QUANTITIES, type LayerQuantity } from '../figures/quantities.ts';
import { runDataFrom } from '../figures/run-data.ts';
import type { Ink } from '../figures/svg.ts';
import type { RunSnapshot } from '../protocol/requests.ts';

/** Smoothed over twenty steps with the measured curve behind, the panel's default. */
const VIEW: CurveView = { x: 'epoch', logY: false, smoothing: 20 };

export interface Drawing {
  readonly title: string;
  readonly svg: string;
}

export interface DrawingOptions {
  /** Colour of the run's curves, for SVG. */
  readonly color: string;
  readonly ink: Ink;
}

export class Drawings {
  readonly #run: DrawnRun;
  readonly #ink: Ink;
  #pictures = 0;

  constructor(snapshot: RunSnapshot, { color, ink }: DrawingOptions) {
    const { run, name } = snapshot.summary;
    this.#run = { run, name, look: { color, marker: 'circle' }, data: runDataFrom(snapshot) };
    this.#ink = ink;
  }

  /** The measured quantities of the layers; empty before the first probe. */
  get quantities(): LayerQuantity[] {
    return LAYER_QUANTITIES.filter((quantity) => isMeasured([this.#run], quantity));
  }

  /** Errors and loss; those with data. */
  curves(): Drawing[] {
    const charts: CurveChart[] = ['top1', 'top5', 'loss'];
    return charts.flatMap((chart) => {
      const model = curveChart(chart, [this.#run], VIEW);
      return model.curves.some(({ y }) => y.length > 0) ? [this.#chart(CURVE_TITLES[chart], model)] : [];
    });
  }

  /** A quantity over depth, at the first and at the last probe. */
  profile(quantity: LayerQuantity): Drawing {
    const foreground = this.#ink.text;
    const model = profileChart([this.#run], { quantity, step: null, selected: null, foreground });
    return this.#chart(`${quantity.title} over depth`, model);
  }

  /** A quantity of all layers over the training. */
  heatmap(quantity: LayerQuantity): Drawing {
    const end = this.#run.data.steps.epoch.last;
    const range: Range = { from: 0, to: Number.isFinite(end) && end > 0 ? end : 1 };
    const svg = heatmapSvg([this.#run], { quantity, x: 'epoch', range, ink: this.#ink, id: this.#nextId() });
    return { title: `${quantity.title} by layer and step`, svg };
  }

  #chart(title: string, model: ChartModel): Drawing {
    return { title, svg: chartSvg(model, { title, range: model.extent, ink: this.#ink, id: this.#nextId() }) };
  }

  #nextId(): string {
    return `clip${this.#pictures++}`;
  }
}
