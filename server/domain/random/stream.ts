import { philox } from './philox.ts';

/** What random numbers are for. One purpose never disturbs another: a probe that drew would not change a weight. */
export type Purpose =
  | 'initialization'
  | 'order'
  | 'limit'
  | 'validation'
  | 'dropout'
  | 'resize'
  | 'crop'
  | 'flip'
  | 'color'
  | 'survey'
  | 'sample';

/** FNV-1a, 32 bits: gives every purpose (and every layer's name) a separate key. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return h;
}

/**
 * The random numbers of one (seed, purpose, name, index): always the same, whatever else was drawn before. `name` distinguishes
 * layers, `index` steps or epochs. The seed is a safe integer ≥ 0; 0 is a seed like any other.
 */
export class RandomStream {
  readonly #key: readonly [number, number];
  readonly #index: readonly [number, number];
  #block = 0;
  #buffer: readonly number[] = [];
  #used = 4;
  #spare: number | undefined;

  constructor({
    seed,
    purpose,
    name = '',
    index = 0,
  }: { seed: number; purpose: Purpose; name?: string; index?: number }) {
    this.#key = [seed >>> 0, (hash(`${purpose}/${name}`) ^ Math.floor(seed / 2 ** 32)) >>> 0];
    this.#index = [index >>> 0, Math.floor(index / 2 ** 32)];
  }

  /** 0 … 2³² − 1. */
  uint32(): number {
    if (this.#used === 4) {
      this.#buffer = philox([this.#block >>> 0, Math.floor(this.#block / 2 ** 32), ...this.#index], this.#key);
      this.#block++;
      this.#used = 0;
    }
    return this.#buffer[this.#used++] ?? 0;
  }

  /** 0 ≤ u < 1, with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** An integer 0 ≤ i < n. */
  below(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /**
   * A standard normal number, exact (not truncated), by Box and Muller in double precision. IEEE 754 rounds products and the
   * square root alike everywhere; it does not define logarithm, sine and cosine. V8 computes these by its own port of fdlibm,
   * from such operations alone and not by the system's library, so the bits are the same on every operating system.
   */
  gaussian(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare;
      this.#spare = undefined;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** The numbers 0 … n − 1 in random order (Fisher and Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const held = order[i] ?? 0;
      order[i] = order[j] ?? 0;
      order[j] = held;
    }
    return order;
  }
}
