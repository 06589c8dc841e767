import type { UpdateConfig } from '../../domain/config.ts';
import { type Network, parameterCount } from '../../domain/network/network.ts';
import { optimizerOf } from '../../domain/optimizers/optimizers.ts';
import { mapSize } from '../../domain/shapes/size.ts';
import { decayOf, evaluationProgram, partProgram, partSizes } from '../../domain/step/step.ts';
import { type Batch, type Engine, type StepOutput, threadsOfPart } from '../engine.ts';
import { channelBlock } from './channel-block.ts';
import { type PartMemory, partMemory, type WholeMemory, wholeMemory } from './memory.ts';
import { meanSlopes, probeNumbers } from './probe-numbers.ts';
import type { Share } from './task.ts';
import { partModels, partTasks, type TaskName, type Tasks } from './tasks.ts';
import { SessionThread } from './thread.ts';
import { stretchOf } from './update.ts';

interface OnnxOptions {
  readonly network: Network;
  readonly batchSize: number;
  readonly train: UpdateConfig;
  readonly parts: number;
  /** Cores to keep busy, shared evenly by the parts. Absent: one per part. */
  readonly threads?: number;
}

/** Threads, and the memory that they work on. */
interface EngineState {
  /** One per part, in order, and more if further cores update the parameters. */
  readonly threads: readonly SessionThread[];
  readonly parts: readonly PartMemory[];
  readonly whole: WholeMemory;
  readonly cores: number;
}

/** One thread per part of the batch, with a session for forward and backward; all threads update the parameters together. */
class OnnxEngine implements Engine {
  readonly backend = 'onnx';
  readonly device = 'cpu';
  readonly threads: number;
  readonly parts: number;
  readonly #network: Network;
  readonly #threads: readonly SessionThread[];
  readonly #parts: readonly PartMemory[];
  readonly #whole: WholeMemory;

  constructor({ network }: OnnxOptions, { threads, parts, whole, cores }: EngineState) {
    this.#network = network;
    this.#threads = threads;
    this.#parts = parts;
    this.#whole = whole;
    this.threads = cores;
    this.parts = parts.length;
  }

  async assign(variables: ReadonlyMap<string, Float32Array>): Promise<void> {
    for (const { name, data: own } of this.#whole.variables) {
      const data = variables.get(name);
      if (!data) throw new Error(`no value for ${name}`);
      own.set(data);
    }
  }

  async read(): Promise<Map<string, Float32Array>> {
    // Copies: views of shared memory would change with the next step.
    return new Map(this.#whole.variables.map(({ name, data }) => [name, Float32Array.from(data)]));
  }

  async step(batch: Batch, { probe }: { probe: boolean }): Promise<StepOutput> {
    let begin = 0;
    for (const { examples, images, labels, dropoutMasks } of this.#parts) {
      copyExamples(images.data, batch.images, { begin, examples });
      copyExamples(labels.data, batch.labels, { begin, examples });
      for (const [layer, { data }] of dropoutMasks) {
        const mask = batch.dropoutMasks.get(layer);
        if (!mask) throw new Error(`no dropout mask for ${layer}`);
        copyExamples(data, mask, { begin, examples });
      }
      begin += examples;
    }
    await this.#runParts(probe ? 'probed part' : 'part');
    const [whole, parts] = [this.#whole, this.#parts];
    const slopes = probe ? meanSlopes(this.#network, whole) : undefined;
    const at = { rate: batch.learningRate, step: batch.step };
    await all(this.#threads.map((thread) => thread.update(at, { probe })));
    const loss = parts.reduce((sum, part) => sum + (part.loss.data[0] ?? Number.NaN), 0);
    return {
      loss,
      logits: this.#logits(),
      ...(slopes && { probe: probeNumbers(this.#network, { parts, whole, slopes }) }),
    };
  }

  async evaluate(images: Float32Array): Promise<Float32Array> {
    let begin = 0;
    for (const part of this.#parts) {
      copyExamples(part.images.data, images, { begin, examples: part.examples });
      begin += part.examples;
    }
    await this.#runParts('evaluation');
    return this.#logits();
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  async #runParts(task: TaskName): Promise<void> {
    await all(this.#threads.slice(0, this.parts).map((thread) => thread.run(task)));
  }

  #logits(): Float32Array {
    const logits = new Float32Array(this.#parts.reduce((sum, part) => sum + part.logits.data.length, 0));
    let begin = 0;
    for (const part of this.#parts) {
      logits.set(part.logits.data, begin);
      begin += part.logits.data.length;
    }
    return logits;
  }
}

/** Waits for all of them before an error is thrown: terminating a thread during a run would end the process. */
async function all(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

/** Copy the examples that belong to one part; `to` holds exactly as many. */
function copyExamples<T extends Float32Array | Int32Array>(
  to: T,
  from: T,
  { begin, examples }: { begin: number; examples: number },
): void {
  const length = to.length / examples;
  to.set(from.subarray(begin * length, (begin + examples) * length));
}

/** Below this many bytes of maps and parameters, a part's memory is kept between runs: 49 MB in `plain-30` in two parts. */
const SMALL = 64e6;

const isSmall = (network: Network, examples: number): boolean =>
  4 * (parameterCount(network) + examples * network.layers.reduce((sum, { output }) => sum + mapSize(output), 0)) <
  SMALL;

/** From this many parameters on, a core without a part of the batch takes a share of the update. */
const MANY = 1e6;

/** What each thread updates. */
function sharesOf(
  parts: readonly PartMemory[],
  { whole, train: { optimizer, weightDecay } }: { whole: WholeMemory; train: UpdateConfig },
): Share[] {
  const count = whole.squares.length;
  return whole.squares.map((squares, thread) => ({
    optimizer,
    squares,
    stretches: whole.parameters.map((parameter) => {
      const { name, weights, states } = parameter;
      const { begin, end } = stretchOf(weights.data.length, { thread, count });
      const own = ({ data }: { data: Float32Array }) => data.subarray(begin, end);
      const [gradient, ...otherGradients] = parts.map((part) => own(needed(part.gradients.get(name))));
      const decay = decayOf(parameter, weightDecay);
      return { weights: own(weights), states: states.map(own), gradient: needed(gradient), otherGradients, decay };
    }),
  }));
}

/** An engine on onnxruntime-node's CPU kernels, which `npm install` provides: one worker thread per part of the batch. */
export async function createOnnxEngine(options: OnnxOptions): Promise<Engine> {
  const state = await openThreads(options);
  // The first step of a run is probed: its sessions are made while the trainer does other work.
  for (const thread of state.threads.slice(0, options.parts)) thread.prepare('probed part');
  return new OnnxEngine(options, state);
}

/** What an engine works with. */
export async function openThreads({
  network,
  batchSize: batch,
  train,
  parts: count,
  threads: cores = count,
}: OnnxOptions): Promise<EngineState> {
  const block = await channelBlock();
  const sizes = partSizes(batch, count);
  const programs = new Map(
    [...new Set(sizes)].map((examples) => {
      const program = partProgram({ network, batch, examples });
      const evaluation = () => evaluationProgram(network, examples);
      return [examples, { program, models: partModels(program, { evaluation, block }) }];
    }),
  );
  const updaters = Math.max(count, parameterCount(network) > MANY ? cores : 0);
  const whole = wholeMemory(network, { optimizer: optimizerOf(train.optimizer), threads: updaters });
  const parts = sizes.map((examples) => partMemory(network, examples, needed(programs.get(examples)).program));
  const session = {
    threads: threadsOfPart({ parts: count, cores }),
    keepsMemory: isSmall(network, Math.ceil(batch / count)),
  };
  const shares = sharesOf(parts, { whole, train });
  const threads = shares.map((share, i) => {
    const part = parts[i];
    const models = part && needed(programs.get(part.examples)).models;
    const tasks: Tasks = part && models ? partTasks(part, { models, variables: whole.variables, session }) : new Map();
    return new SessionThread(tasks, share);
  });
  return { threads, parts, whole, cores };
}

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('no part has the gradient');
  return value;
}
