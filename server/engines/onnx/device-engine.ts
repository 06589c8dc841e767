import type { UpdateConfig } from '../../domain/config.ts';
import type { Network } from '../../domain/network/network.ts';
import { inputsAt, type Optimizer } from '../../domain/optimizers/optimizer.ts';
import { optimizerOf } from '../../domain/optimizers/optimizers.ts';
import type { Program } from '../../domain/program/operation.ts';
import { restrict } from '../../domain/program/restrict.ts';
import { size } from '../../domain/shapes/size.ts';
import { dropoutLayers, stepProgram } from '../../domain/step/step.ts';
import type { Batch, Engine, StepOutput } from '../engine.ts';
import { VARIABLES, VARIABLES_NEXT, writeCopyModel, writeDeviceModel } from './model.ts';
import { createDeviceSession, floatTensor, type InferenceSession, intTensor, type Tensor } from './session.ts';

interface DeviceOptions {
  readonly network: Network;
  readonly batchSize: number;
  readonly train: UpdateConfig;
  readonly parts: number;
}

type Task = 'step' | 'probe' | 'evaluate';
const FETCHES: Record<Task, readonly string[]> = {
  step: ['loss', 'logits'],
  probe: ['loss', 'logits', 'probe'],
  evaluate: ['evaluation_logits'],
};

/** The whole step as one model on one device; all variables stay there from step to step. */
class OnnxDeviceEngine implements Engine {
  readonly backend = 'onnx';
  readonly device = 'webgpu';
  /** The thread that calls the device. */
  readonly threads = 1;
  readonly parts: number;
  readonly #options: DeviceOptions;
  readonly #program: Program;
  readonly #optimizer: Optimizer;
  readonly #length: number;
  /** Made when first needed: a device compiles its shaders for seconds. */
  readonly #sessions = new Map<Task | 'read', Promise<InferenceSession>>();
  /** All variables, flat: on the host at the start, on the device from the first step on. */
  #variables: Tensor;
  /**
   * A norm was NaN: a GPU's rectifier may treat NaN as 0, and the loss continue as if nothing had happened. Detected at the next
   * probe, and never reset.
   */
  #broken = false;

  constructor(options: DeviceOptions) {
    this.#options = options;
    this.#optimizer = optimizerOf(options.train.optimizer);
    this.#program = stepProgram({ ...options, batch: options.batchSize });
    this.parts = options.parts;
    this.#length = this.#program.variables.reduce((sum, { shape }) => sum + size(shape), 0);
    this.#variables = floatTensor(new Float32Array(this.#length), [this.#length]);
  }

  async assign(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    const flat = new Float32Array(this.#length);
    let begin = 0;
    for (const { name, shape } of this.#program.variables) {
      const data = values.get(name);
      if (!data) throw new Error(`no value for ${name}`);
      flat.set(data, begin);
      begin += size(shape);
    }
    this.#broken = false;
    this.#replace(floatTensor(flat, [this.#length]));
  }

  async read(): Promise<Map<string, Float32Array>> {
    const session = await this.#session('read', () => ({ model: writeCopyModel(this.#length), onHost: [] }));
    const flat = (await session.run({ [VARIABLES]: this.#variables }))['copy']?.data as Float32Array;
    const values = new Map<string, Float32Array>();
    let begin = 0;
    for (const { name, shape } of this.#program.variables) {
      values.set(name, flat.slice(begin, begin + size(shape)));
      begin += size(shape);
    }
    return values;
  }

  async step(batch: Batch, { probe }: { probe: boolean }): Promise<StepOutput> {
    const { batchSize, network } = this.#options;
    const scalars = inputsAt(this.#optimizer, { rate: batch.learningRate, step: batch.step });
    const results = await this.#run(probe ? 'probe' : 'step', {
      images: floatTensor(batch.images, [batchSize, ...network.input]),
      labels: intTensor(batch.labels, [batchSize]),
      ...Object.fromEntries(scalars.map(([name, value]) => [name, floatTensor(Float32Array.of(value), [])])),
      ...Object.fromEntries(
        dropoutLayers(network).map(({ name, units }) => {
          const mask = batch.dropoutMasks.get(name);
          if (!mask) throw new Error(`no dropout mask for ${name}`);
          return [`dropout/${name}`, floatTensor(mask, [batchSize, units])];
        }),
      ),
    });
    this.#replace(needed(results, VARIABLES_NEXT));
    const numbers = (fetch: string) => needed(results, `fetch/${fetch}`).data as Float32Array;
    const measured = probe ? numbers('probe') : undefined;
    this.#broken ||= measured?.some((value) => !Number.isFinite(value)) ?? false;
    const [loss = Number.NaN] = this.#broken ? [] : numbers('loss');
    return { loss, logits: numbers('logits'), ...(measured && { probe: measured }) };
  }

  async evaluate(images: Float32Array): Promise<Float32Array> {
    const { batchSize, network } = this.#options;
    const results = await this.#run('evaluate', {
      evaluation_images: floatTensor(images, [batchSize, ...network.input]),
    });
    return needed(results, 'fetch/evaluation_logits').data as Float32Array;
  }

  async close(): Promise<void> {
    // First the arrays on the device: a session releases its memory.
    this.#replace(floatTensor(new Float32Array(), [0]));
    for (const session of this.#sessions.values()) await (await session).release();
  }

  async #run(task: Task, feeds: Record<string, Tensor>): Promise<Record<string, Tensor>> {
    const session = await this.#session(task, () => writeDeviceModel(restrict(this.#program, FETCHES[task])));
    return await session.run({ [VARIABLES]: this.#variables, ...feeds });
  }

  #session(task: Task | 'read', write: () => { model: Uint8Array; onHost: readonly string[] }) {
    const changes = task === 'step' || task === 'probe';
    const made =
      this.#sessions.get(task) ?? createDeviceSession(write(), { keepOnDevice: changes ? [VARIABLES_NEXT] : [] });
    this.#sessions.set(task, made);
    return made;
  }

  #replace(variables: Tensor): void {
    // Device memory is freed explicitly, not by garbage collection.
    if (this.#variables.location === 'gpu-buffer') this.#variables.dispose();
    this.#variables = variables;
  }
}

function needed(results: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = results[name];
  if (!tensor) throw new Error(`the session gave no ${name}`);
  return tensor;
}

/**
 * An engine on a GPU that WebGPU reaches (Vulkan, Metal, Direct3D 12), by the provider that onnxruntime-node brings.
 * Throws a RunFailure that says what to do if there is no such GPU.
 */
export async function createOnnxDeviceEngine(options: DeviceOptions): Promise<Engine> {
  const engine = new OnnxDeviceEngine(options);
  // The first session requests the device: its problems are reported before the run starts.
  await engine.read();
  return engine;
}
