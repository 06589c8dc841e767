import type { TrainConfig } from '../../../domain/config.ts';
import { type Network, parameterCount } from '../../../domain/network/network.ts';
import { mapSize, size } from '../../../domain/network/size.ts';
import { evaluationProgram, partProgram, partSizes, updateProgram } from '../../../domain/program/step.ts';
import { type Batch, type Engine, type StepOutput, threadsOfPart } from '../../engine.ts';
import { channelBlock } from './channel-block.ts';
import { type PartMemory, partMemory, type WholeMemory, wholeMemory } from './memory.ts';
import { type PartTask, partModels, partTasks, updateTasks } from './tasks.ts';
import { SessionThread } from './thread.ts';

interface OnnxOptions {
  readonly network: Network;
  readonly batchSize: number;
  readonly train: Pick<TrainConfig, 'momentum' | 'weightDecay'>;
  readonly parts: number;
  /** Cores to keep busy, shared evenly by the parts. Absent: one a part. */
  readonly threads?: number;
}

/** A thread a part of the batch, with a session for forward and backward; the first has the session for the update, too. */
class OnnxEngine implements Engine {
  readonly backend = 'onnx';
  readonly device = 'cpu';
  readonly threads: number;
  readonly parts: number;
  /** One a part. */
  readonly #all: readonly SessionThread[];
  readonly #first: SessionThread;
  readonly #parts: readonly PartMemory[];
  readonly #whole: WholeMemory;
  #current: 0 | 1 = 0;

  constructor(
    [first, ...others]: readonly [SessionThread, ...SessionThread[]],
    { parts, whole, cores }: { parts: readonly PartMemory[]; whole: WholeMemory; cores: number },
  ) {
    this.#all = [first, ...others];
    this.#first = first;
    this.#parts = parts;
    this.#whole = whole;
    this.threads = cores;
    this.parts = parts.length;
  }

  async assign(variables: ReadonlyMap<string, Float32Array>): Promise<void> {
    this.#eachVariable((name, view) => {
      const data = variables.get(name);
      if (!data) throw new Error(`no value for ${name}`);
      view.set(data);
    });
  }

  async read(): Promise<Map<string, Float32Array>> {
    const values = new Map<string, Float32Array>();
    // Copies into memory of their own: views of shared memory would change with the next step.
    this.#eachVariable((name, view) => values.set(name, Float32Array.from(view)));
    return values;
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
    this.#whole.learningRate.data[0] = batch.learningRate;
    await this.#runParts(probe ? 'probed part' : 'part');
    await this.#first.run(probe ? 'probed update' : 'update', this.#current);
    this.#current = this.#current === 0 ? 1 : 0;
    const loss = this.#parts.reduce((sum, part) => sum + (part.loss.data[0] ?? Number.NaN), 0);
    return { loss, logits: this.#logits(), ...(probe && { probe: Float32Array.from(this.#whole.probe.data) }) };
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
    await Promise.all(this.#all.map((thread) => thread.close()));
  }

  async #runParts(task: PartTask): Promise<void> {
    const runs = this.#all.map((thread) => thread.run(task, this.#current));
    // All of them, before an error is told: a thread that is ended in the middle of a run takes the process along.
    const results = await Promise.allSettled(runs);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
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

  #eachVariable(visit: (name: string, view: Float32Array) => void): void {
    const { variables, state } = this.#whole;
    let begin = 0;
    for (const { name, shape } of variables) {
      visit(name, state[this.#current].data.subarray(begin, begin + size(shape)));
      begin += size(shape);
    }
  }
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

/** Bytes of a part's maps and parameters below which its memory is kept between runs: 49 MB in `plain-30` in two parts. */
const SMALL = 64e6;

const isSmall = (network: Network, examples: number): boolean =>
  4 * (parameterCount(network) + examples * network.layers.reduce((sum, { output }) => sum + mapSize(output), 0)) <
  SMALL;

/** An engine on onnxruntime-node's CPU kernels, which `npm install` alone brings: one worker thread a part of the batch. */
export async function createOnnxEngine({
  network,
  batchSize: batch,
  train,
  parts: count,
  threads: cores = count,
}: OnnxOptions): Promise<Engine> {
  const block = await channelBlock();
  const keepsMemory = isSmall(network, Math.ceil(batch / count));
  const sizes = partSizes(batch, count);
  const programs = new Map(
    [...new Set(sizes)].map((examples) => {
      const program = partProgram({ network, batch, examples });
      return [
        examples,
        { program, models: partModels(program, { evaluation: () => evaluationProgram(network, examples), block }) },
      ];
    }),
  );
  const update = updateProgram({ network, parts: count, train });
  const whole = wholeMemory(update);
  const parts = sizes.map((examples) => partMemory(network, examples, needed(programs.get(examples)).program));
  const tasks = parts.map((part) =>
    partTasks(part, {
      models: needed(programs.get(part.examples)).models,
      state: whole.state,
      session: { threads: threadsOfPart({ parts: count, cores }), keepsMemory },
    }),
  );
  const [tasksOfFirst, ...tasksOfOthers] = tasks;
  const updates = updateTasks(update, { whole, parts, session: { threads: cores, keepsMemory, asWritten: true } });
  const first = new SessionThread(new Map([...needed(tasksOfFirst), ...updates]));
  const others = tasksOfOthers.map((ofPart) => new SessionThread(ofPart));
  // The first step of a run is probed: the sessions for it are made while the trainer has something else to do.
  for (const thread of [...others, first]) thread.prepare('probed part');
  first.prepare('probed update');
  return new OnnxEngine([first, ...others], { parts, whole, cores });
}

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a batch has at least one part');
  return value;
}
