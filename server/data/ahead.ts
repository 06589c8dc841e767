/** Batches that are prepared before they are asked for, in memory that is bounded. */
import type { Wanted } from './examples.ts';
import type { Pool } from './pool.ts';

/** One batch on its way: its examples, in shared memory once `ready` resolves. */
interface Coming {
  readonly images: Float32Array;
  readonly ready: Promise<void>;
}

/** Examples of one task: small enough that all workers share a batch, large enough that messages cost nothing. */
const MOST_EXAMPLES_A_TASK = 16;

/** Memory for batches that wait, where two of them are not more. */
const MOST_BYTES = 256 * 2 ** 20;
const MOST_BATCHES = 4;

export interface AheadOptions {
  readonly pool: Pool;
  /** Numbers of one example. */
  readonly length: number;
  /** The batch at a place, of so many examples or fewer; empty where there is none. */
  readonly examplesAt: (at: number, most: number) => readonly Wanted[];
}

/** Prepares the batches after the one that was asked for. */
export class Ahead {
  readonly #options: AheadOptions;
  readonly #coming = new Map<number, Coming>();
  readonly #free: Float32Array[] = [];

  constructor(options: AheadOptions) {
    this.#options = options;
  }

  /** Fill in the batch at a place; `stride` places on, and so on, is what will be asked for next. */
  async take(at: number, stride: number, images: Float32Array): Promise<void> {
    const depth = Math.max(2, Math.min(MOST_BATCHES, Math.floor(MOST_BYTES / images.byteLength)));
    const places = Array.from({ length: depth }, (_, i) => at + i * stride);
    for (const [place, { images: memory, ready }] of this.#coming) {
      if (places.includes(place) && memory.length === images.length) continue;
      this.#coming.delete(place);
      // Memory that a worker still writes to is not used before it is done. What failed there was not asked for.
      const free = () => this.#release(memory);
      ready.then(free, free);
    }
    for (const place of places) if (!this.#coming.has(place)) this.#begin(place, images.length);
    const own = this.#coming.get(at);
    if (!own) return;
    await own.ready;
    images.set(own.images);
    this.#coming.delete(at);
    this.#release(own.images);
    this.#begin(at + depth * stride, images.length);
  }

  #release(memory: Float32Array): void {
    this.#free.push(memory);
    if (this.#free.length > MOST_BATCHES) this.#free.shift();
  }

  #begin(at: number, size: number): void {
    const { pool, length, examplesAt } = this.#options;
    const examples = examplesAt(at, size / length);
    if (examples.length === 0) return;
    const index = this.#free.findIndex((memory) => memory.length === size);
    const images = this.#free.splice(index, index < 0 ? 0 : 1)[0] ?? new Float32Array(new SharedArrayBuffer(4 * size));
    const share = Math.max(1, Math.min(MOST_EXAMPLES_A_TASK, Math.ceil(examples.length / pool.size)));
    const tasks: Promise<undefined>[] = [];
    for (let begin = 0; begin < examples.length; begin += share) {
      const some = examples.slice(begin, begin + share);
      const to = images.subarray(begin * length, (begin + some.length) * length);
      tasks.push(pool.run({ kind: 'fill', examples: some, to }));
    }
    const ready = Promise.all(tasks).then(() => {});
    // A failure is told to the one who asks for the batch, not before.
    ready.catch(() => {});
    this.#coming.set(at, { images, ready });
  }
}
