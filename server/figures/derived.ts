/** Data computed from a run's columns and cached beside them: extended with the run, recomputed after a rewind. */
import { LayerGrid } from './layer-grid.ts';
import type { LayerQuantity } from './quantities.ts';
import type { RunData } from './run-data.ts';
import { Column } from './series.ts';
import { Smoothed } from './smoothing.ts';
import { BlockExtremes } from './thinning.ts';

interface Derived {
  rewinds: number;
  readonly grids: Map<string, LayerGrid>;
  readonly smoothed: Map<string, Smoothed>;
  readonly extremes: Map<string, BlockExtremes>;
  readonly layers: Map<string, Column>;
}

const cache = new WeakMap<RunData, Derived>();

function derivedOf(data: RunData): Derived {
  const known = cache.get(data);
  if (known !== undefined && known.rewinds === data.rewinds) return known;
  const made: Derived = {
    rewinds: data.rewinds,
    grids: new Map(),
    smoothed: new Map(),
    extremes: new Map(),
    layers: new Map(),
  };
  cache.set(data, made);
  return made;
}

/** A cached value of a map, computed if it is missing. */
function kept<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

/** A quantity of all layers, up to date. */
export function gridOf(data: RunData, quantity: LayerQuantity): LayerGrid {
  const grid = kept(derivedOf(data).grids, quantity.id, () => new LayerGrid(quantity));
  grid.extend(data);
  return grid;
}

/** A quantity of one layer at every probe; empty if the run has no such layer. */
export function layerSeries(data: RunData, quantity: LayerQuantity, layer: string): Float64Array {
  const { layers, step } = data.probes;
  const index = layers.indexOf(layer);
  if (index < 0) return new Float64Array(0);
  const column = kept(derivedOf(data).layers, `${quantity.id} ${layer}`, () => new Column());
  const at = quantity.of(data);
  for (let probe = column.length; probe < step.length; probe++) column.push(at(probe, index));
  return column.view();
}

/** The definition of a run's curve, for caching its smoothed copy and its extremes. */
export interface CurveKey {
  data: RunData;
  /** Unique in the run. */
  name: string;
  step: Float64Array;
  value: Float64Array;
  /** Drawn on a logarithmic axis, always. */
  positive?: boolean;
}

/** The curve smoothed over this many steps, up to date. */
export function smoothedOf(curve: CurveKey, steps: number): Float64Array {
  const { smoothed, extremes } = derivedOf(curve.data);
  let known = smoothed.get(curve.name);
  if (known === undefined || known.steps !== steps) {
    known = new Smoothed(steps, curve.positive);
    smoothed.set(curve.name, known);
    extremes.delete(`smooth ${curve.name}`);
  }
  return known.extend(curve.step, curve.value);
}

/** Extremes of a curve's blocks, up to date; `name` distinguishes the curves of a run. */
export function extremesOf(data: RunData, name: string, value: Float64Array): BlockExtremes {
  const blocks = kept(derivedOf(data).extremes, name, () => new BlockExtremes());
  blocks.extend(value);
  return blocks;
}
