/** One quantity of every layer at every probe, ready to be coloured: logarithms are taken once, as probes arrive. */
import type { LayerQuantity } from './quantities.ts';
import type { RunData } from './run-data.ts';
import { grownSize } from './series.ts';

/** Decades that the histogram of magnitudes spans, from 10^LOW to 10^HIGH in tenths; single precision ends inside. */
const LOW = -46;
const HIGH = 40;
const BINS_PER_DECADE = 10;

/** In a grid: a layer without this quantity; zero on a logarithmic scale; NaN or infinite. */
export const ABSENT = Number.NaN;
export const ZERO = Number.NEGATIVE_INFINITY;
export const BROKEN = Number.POSITIVE_INFINITY;

/** Grows with a run; values are log10 of the quantity where its scale is logarithmic, the quantity itself elsewhere. */
export class LayerGrid {
  readonly quantity: LayerQuantity;
  layers = 0;
  probes = 0;
  /** [probe][layer], flat; see ABSENT, ZERO and BROKEN for those that are not magnitudes. */
  values = new Float32Array(0);
  zeros = 0;
  broken = 0;
  readonly histogram = new Int32Array((HIGH - LOW) * BINS_PER_DECADE);
  least = Number.POSITIVE_INFINITY;
  greatest = Number.NEGATIVE_INFINITY;

  constructor(quantity: LayerQuantity) {
    this.quantity = quantity;
  }

  /** Adds the probes that arrived since the last call. Rows are only added: after a rewind make a new grid. */
  extend(data: RunData): void {
    const at = this.quantity.of(data);
    const count = data.probes.step.length;
    this.layers = data.probes.layers.length;
    if (count * this.layers > this.values.length) {
      const grown = new Float32Array(grownSize(count * this.layers));
      grown.set(this.values.subarray(0, this.probes * this.layers));
      this.values = grown;
    }
    for (let probe = this.probes; probe < count; probe++)
      for (let layer = 0; layer < this.layers; layer++)
        this.values[probe * this.layers + layer] = this.#judge(at(probe, layer));
    this.probes = count;
  }

  #judge(value: number): number {
    if (Number.isNaN(value) && this.quantity.mayBeAbsent === true) return ABSENT;
    if (!Number.isFinite(value)) {
      this.broken++;
      return BROKEN;
    }
    if (this.quantity.scale === 'linear') {
      this.least = Math.min(this.least, value);
      this.greatest = Math.max(this.greatest, value);
      return value;
    }
    if (value <= 0) {
      this.zeros++;
      return ZERO;
    }
    const power = Math.log10(value);
    const bin = Math.floor((power - LOW) * BINS_PER_DECADE);
    const held = Math.min(this.histogram.length - 1, Math.max(0, bin));
    this.histogram[held] = (this.histogram[held] as number) + 1;
    return power;
  }
}

/** Ends of a colour scale, in the grid's own values: log10 where the scale is logarithmic. */
export type GridRange = readonly [low: number, high: number];

/**
 * One colour scale for several runs. Logarithmic: from the 0.5th to the 99.5th per cent of all magnitudes, out to the next
 * half decade, so that a few huge gradients of the first steps don't paint the rest black and the scale rarely moves.
 */
export function gridRange(grids: readonly LayerGrid[], quantity: LayerQuantity): GridRange {
  if (quantity.range !== undefined) return quantity.range;
  if (quantity.scale === 'linear') {
    const low = Math.min(...grids.map((grid) => grid.least));
    const high = Math.max(...grids.map((grid) => grid.greatest));
    if (low > high) return [0, 1];
    return low === high ? [low - 0.5, high + 0.5] : [low, high];
  }
  const total = grids.reduce((sum, grid) => sum + grid.histogram.reduce((a, b) => a + b, 0), 0);
  if (total === 0) return [-4, 0];
  /** Bin of the histogram that holds this share of all magnitudes. */
  const quantile = (share: number): number => {
    let seen = 0;
    for (let bin = 0; bin < (HIGH - LOW) * BINS_PER_DECADE; bin++) {
      for (const grid of grids) seen += grid.histogram[bin] as number;
      if (seen > share * total) return bin;
    }
    return (HIGH - LOW) * BINS_PER_DECADE - 1;
  };
  const halfDecade = BINS_PER_DECADE / 2;
  const low = LOW + Math.floor(quantile(0.005) / halfDecade) / 2;
  const high = LOW + Math.ceil((quantile(0.995) + 1) / halfDecade) / 2;
  return [low, Math.max(high, low + 1)];
}
