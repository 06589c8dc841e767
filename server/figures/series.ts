/** Growing columns of numbers, the storage of every curve, so that a thousand deltas cost no objects. */

/** Numbers in one kind of array that can be appended and truncated. */
class Growing<Values extends Float64Array | Float32Array> {
  #values: Values;
  #length: number;
  readonly #make: (length: number) => Values;

  constructor(values: Values, make: (length: number) => Values) {
    this.#values = values;
    this.#length = values.length;
    this.#make = make;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = this.#make(grownSize(this.#length));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length++] = value;
  }

  /** Keep the first `length` values. */
  cut(length: number): void {
    this.#length = Math.min(this.#length, Math.max(0, length));
  }

  /** The values in memory, without a copy; valid until the next `push`. */
  view(): Values {
    return this.#values.subarray(0, this.#length) as Values;
  }

  /** NaN past the end. */
  at(index: number): number {
    return index < this.#length ? (this.#values[index] as number) : Number.NaN;
  }
}

/** A column of a curve. Values are doubles, including NaN and infinities. */
export class Column extends Growing<Float64Array> {
  constructor(values: Float64Array = new Float64Array(0)) {
    super(values, (length) => new Float64Array(length));
  }

  get last(): number {
    return this.at(this.length - 1);
  }
}

/** Growth of a full column: by half, or by an eighth for long columns, which take megabytes. */
export const grownSize = (length: number): number => Math.max(64, Math.ceil(length * (length < 1e5 ? 1.5 : 1.125)));

/**
 * Cells of a table that grows by rows, in single precision: that of the engines, at half the space. For a hundred
 * layers at ten thousand probes that saves 32 MB.
 */
export class Cells extends Growing<Float32Array> {
  constructor(values: Float32Array = new Float32Array(0)) {
    super(values, (length) => new Float32Array(length));
  }
}

/** First index whose value is not less than `x`, in ascending values; their number if there is none. */
export function lowerBound(values: Float64Array, x: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the value nearest to `x`, in ascending values; −1 if there are none. */
export function nearest(values: Float64Array, x: number): number {
  if (values.length === 0) return -1;
  const right = Math.min(lowerBound(values, x), values.length - 1);
  const left = Math.max(0, right - 1);
  return x - (values[left] as number) < (values[right] as number) - x ? left : right;
}

/** The value of `y` at `x`, on the straight lines between points; held constant outside. NaN without points. */
export function interpolate(x: Float64Array, y: Float64Array, at: number): number {
  if (x.length === 0) return Number.NaN;
  const right = lowerBound(x, at);
  if (right === 0) return y[0] as number;
  if (right === x.length) return y[x.length - 1] as number;
  const x0 = x[right - 1] as number;
  const x1 = x[right] as number;
  const share = x1 === x0 ? 0 : (at - x0) / (x1 - x0);
  return (y[right - 1] as number) * (1 - share) + (y[right] as number) * share;
}
