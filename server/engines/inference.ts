/** A trained network on images of any size. */
import type { Extent } from '../domain/augmentation/view.ts';
import type { Network } from '../domain/network/network.ts';
import type { Program } from '../domain/program/operation.ts';
import { size } from '../domain/shapes/size.ts';
import { cropsProgram, windowsProgram } from '../domain/step/dense-windows.ts';
import type { Backend, Device } from '../protocol/events.ts';

/** A forward program with weights. */
export interface ForwardModel {
  /** Use these weights from now on, by name. */
  assign(weights: ReadonlyMap<string, Float32Array>): Promise<void>;
  /** The fetch `logits` of `examples` images, flat. */
  run(images: Float32Array, examples: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** A backend that runs forward programs. */
export interface ForwardBackend {
  readonly backend: Backend;
  readonly device: Device;
  /** Name and version of the native library. */
  readonly library: string;
  load(program: Program): Promise<ForwardModel>;
}

/** Programs that are kept, one per image size: photographs come in few sizes, and another program is made quickly. */
const MOST_MODELS = 8;
/** Limit of the weights in all programs, since each may hold a copy, bytes. */
const MOST_BYTES = 2 ** 30;

interface KeptModel {
  readonly model: ForwardModel;
  weights: ReadonlyMap<string, Float32Array> | undefined;
}

/** Logits of views of images. Programs are made for the first image of their size, and the least recently used is released. */
export class Inference {
  readonly network: Network;
  readonly backend: ForwardBackend;
  readonly #most: number;
  /** By image size, the most recently used last. */
  readonly #models = new Map<string, KeptModel>();
  #weights: ReadonlyMap<string, Float32Array>;

  constructor(network: Network, backend: ForwardBackend, weights: ReadonlyMap<string, Float32Array> = new Map()) {
    this.network = network;
    this.backend = backend;
    this.#weights = weights;
    const bytes = network.parameters.reduce((sum, { shape }) => sum + 4 * size(shape), 0);
    this.#most = Math.max(1, Math.min(MOST_MODELS, Math.floor(MOST_BYTES / bytes)));
  }

  /** Programs that are currently held. */
  get kept(): number {
    return this.#models.size;
  }

  /** Weights of the network from now on, by name. */
  assign(weights: ReadonlyMap<string, Float32Array>): void {
    this.#weights = weights;
  }

  /** Logits of `examples` images of the network's input size, [examples, 1, classes], flat. */
  async crops(images: Float32Array, examples: number): Promise<Float32Array> {
    return await this.#run('crops', () => cropsProgram(this.network), { images, examples });
  }

  /** Logits of every window of `examples` images of one size, [examples, windows, classes], flat. */
  async windows(images: Float32Array, examples: number, extent: Extent): Promise<Float32Array> {
    const name = `${extent.height}×${extent.width}`;
    return await this.#run(name, () => windowsProgram(this.network, extent), { images, examples });
  }

  async close(): Promise<void> {
    for (const { model } of this.#models.values()) await model.close();
    this.#models.clear();
  }

  async #run(
    name: string,
    program: () => Program,
    { images, examples }: { images: Float32Array; examples: number },
  ): Promise<Float32Array> {
    const kept = this.#models.get(name) ?? { model: await this.backend.load(program()), weights: undefined };
    this.#models.delete(name);
    this.#models.set(name, kept);
    const [oldest] = this.#models;
    if (this.#models.size > this.#most && oldest) {
      this.#models.delete(oldest[0]);
      await oldest[1].model.close();
    }
    if (kept.weights !== this.#weights) {
      await kept.model.assign(this.#weights);
      kept.weights = this.#weights;
    }
    return await kept.model.run(images, examples);
  }
}
