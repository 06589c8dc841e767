import { Worker } from 'node:worker_threads';
import type { TrainConfig } from '../../../domain/config.ts';
import { type Network, parameterCount } from '../../../domain/network/network.ts';
import { mapSize, size } from '../../../domain/network/size.ts';
import type { Variable } from '../../../domain/program/operation.ts';
import { restrict } from '../../../domain/program/restrict.ts';
import {
  dropoutLayers,
  evaluationProgram,
  partProgram,
  partSizes,
  updateProgram,
} from '../../../domain/program/step.ts';
import { processFile } from '../../../processes.ts';
import { type Batch, type Engine, type StepOutput, threadsOfPart } from '../../engine.ts';
import { VARIABLES, VARIABLES_NEXT, writeModel } from './model.ts';
import type { PartData, PartMemory, PartReply, PartRequest, PartTask } from './part.ts';
import { createSession, floatTensor, type InferenceSession, type Tensor } from './session.ts';

interface OnnxOptions {
  readonly network: Network;
  readonly batchSize: number;
  readonly train: Pick<TrainConfig, 'momentum' | 'weightDecay'>;
  readonly parts: number;
  /** Cores to keep busy, shared evenly by the parts. Absent: one a part. */
  readonly threads?: number;
}

const sharedFloats = (length: number) => new Float32Array(new SharedArrayBuffer(4 * length));
const sharedInts = (length: number) => new Int32Array(new SharedArrayBuffer(4 * length));

/** A worker thread and the part of the batch that it works on. */
class PartWorker {
  readonly memory: PartMemory;
  readonly examples: number;
  readonly #worker: Worker;
  #waiting: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #broken: Error | undefined;

  constructor(data: PartData) {
    this.memory = data.memory;
    this.examples = data.examples;
    this.#worker = new Worker(processFile('onnx-worker'), { workerData: data });
    this.#worker.on('message', (reply: PartReply) => {
      if ('failed' in reply) this.#fail(new Error(reply.failed));
      else this.#settle()?.resolve();
    });
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => this.#fail(new Error('a worker thread of onnxruntime ended')));
  }

  /** Resolves when the results are in shared memory. */
  run(request: PartRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#broken) return reject(this.#broken);
      this.#waiting = { resolve, reject };
      this.#worker.postMessage(request);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle() {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    return waiting;
  }

  #fail(error: Error): void {
    this.#broken ??= error;
    this.#settle()?.reject(error);
  }
}

interface UpdateSessions {
  /** With the numbers of a probe. */
  readonly probe: InferenceSession;
  /** Alone. Made when first needed: the first two steps of a run are probed, and nobody waits for what the third needs. */
  readonly step: () => Promise<InferenceSession>;
}

/** One session a core for forward and backward, one for the update; gradients stay in shared memory. */
class OnnxEngine implements Engine {
  readonly backend = 'onnx';
  readonly device = 'cpu';
  readonly threads: number;
  readonly parts: number;
  readonly #workers: readonly PartWorker[];
  readonly #variables: readonly Variable[];
  readonly #state: readonly [Float32Array, Float32Array];
  readonly #update: UpdateSessions;
  #updateAlone: Promise<InferenceSession> | undefined;
  readonly #probe: Tensor;
  #current: 0 | 1 = 0;

  constructor(
    workers: readonly PartWorker[],
    parts: {
      threads: number;
      variables: readonly Variable[];
      state: readonly [Float32Array, Float32Array];
      update: UpdateSessions;
      probeLength: number;
    },
  ) {
    this.#workers = workers;
    this.#variables = parts.variables;
    this.#state = parts.state;
    this.#update = parts.update;
    this.#probe = floatTensor(new Float32Array(parts.probeLength), [parts.probeLength]);
    this.threads = parts.threads;
    this.parts = workers.length;
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
    for (const { examples, memory } of this.#workers) {
      copyExamples(memory.images, batch.images, { begin, examples });
      copyExamples(memory.labels, batch.labels, { begin, examples });
      for (const { layer, data } of memory.dropoutMasks) {
        const mask = batch.dropoutMasks.get(layer);
        if (!mask) throw new Error(`no dropout mask for ${layer}`);
        copyExamples(data, mask, { begin, examples });
      }
      begin += examples;
    }
    await this.#runParts(probe ? 'probe' : 'step');
    const values = await this.#runUpdate(batch.learningRate, probe);
    const loss = this.#workers.reduce((sum, { memory }) => sum + (memory.loss[0] ?? Number.NaN), 0);
    return { loss, logits: this.#logits(), ...(values && { probe: values }) };
  }

  async evaluate(images: Float32Array): Promise<Float32Array> {
    let begin = 0;
    for (const { examples, memory } of this.#workers) {
      copyExamples(memory.images, images, { begin, examples });
      begin += examples;
    }
    await this.#runParts('evaluate');
    return this.#logits();
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
    await this.#update.probe.release();
    await (await this.#updateAlone)?.release();
  }

  async #runParts(task: PartTask): Promise<void> {
    const runs = this.#workers.map((worker) => worker.run({ task, current: this.#current }));
    // All of them, before an error is told: a thread that is ended in the middle of a run takes the process along.
    const results = await Promise.allSettled(runs);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #runUpdate(learningRate: number, probe: boolean): Promise<Float32Array | undefined> {
    const before = this.#state[this.#current];
    const next = this.#current === 0 ? 1 : 0;
    const after = this.#state[next];
    const feeds: Record<string, Tensor> = {
      [VARIABLES]: floatTensor(before, [before.length]),
      learning_rate: floatTensor(Float32Array.of(learningRate), []),
    };
    this.#workers.forEach(({ memory: { gradients, statistics } }, i) => {
      feeds[`gradients/${i}`] = floatTensor(gradients, [gradients.length]);
      if (probe) feeds[`statistics/${i}`] = floatTensor(statistics, [statistics.length]);
    });
    const fetches: Record<string, Tensor> = { [VARIABLES_NEXT]: floatTensor(after, [after.length]) };
    if (probe) fetches['fetch/probe'] = this.#probe;
    if (probe) await this.#update.probe.run(feeds, fetches);
    else {
      this.#updateAlone ??= this.#update.step();
      await (await this.#updateAlone).run(feeds, fetches);
    }
    this.#current = next;
    return probe ? Float32Array.from(this.#probe.data as Float32Array) : undefined;
  }

  #logits(): Float32Array {
    const logits = new Float32Array(this.#workers.reduce((sum, { memory }) => sum + memory.logits.length, 0));
    let begin = 0;
    for (const { memory } of this.#workers) {
      logits.set(memory.logits, begin);
      begin += memory.logits.length;
    }
    return logits;
  }

  #eachVariable(visit: (name: string, view: Float32Array) => void): void {
    let begin = 0;
    for (const { name, shape } of this.#variables) {
      visit(name, this.#state[this.#current].subarray(begin, begin + size(shape)));
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
  parts,
  threads = parts,
}: OnnxOptions): Promise<Engine> {
  const update = updateProgram({ network, parts, train });
  const total = (variables: readonly Variable[]) => variables.reduce((sum, { shape }) => sum + size(shape), 0);
  const parameters = parameterCount(network);
  const state = [sharedFloats(total(update.variables)), sharedFloats(total(update.variables))] as const;
  const keepsMemory = isSmall(network, Math.ceil(batch / parts));
  const models = new Map<number, PartData['models']>();
  const modelsFor = (examples: number): PartData['models'] => {
    const part = partProgram({ network, batch, examples });
    const written = models.get(examples) ?? {
      step: writeModel(restrict(part, ['loss', 'logits', 'gradients'])),
      probe: writeModel(part),
      evaluate: writeModel(evaluationProgram(network, examples)),
    };
    models.set(examples, written);
    return written;
  };
  const statistics = partProgram({ network, batch, examples: 1 }).fetches.get('statistics')?.shape ?? [0];
  const workers = partSizes(batch, parts).map((examples) => {
    const memory: PartMemory = {
      variables: state,
      images: sharedFloats(examples * mapSize(network.input)),
      labels: sharedInts(examples),
      dropoutMasks: dropoutLayers(network).map(({ name, units }) => ({
        layer: name,
        units,
        data: sharedFloats(examples * units),
      })),
      loss: sharedFloats(1),
      logits: sharedFloats(examples * network.classes),
      gradients: sharedFloats(parameters),
      statistics: sharedFloats(size(statistics)),
    };
    const { input, classes } = network;
    return new PartWorker({
      examples,
      input,
      classes,
      parameters,
      session: { threads: threadsOfPart({ parts, cores: threads }), keepsMemory },
      models: modelsFor(examples),
      memory,
    });
  });
  const options = { threads, keepsMemory, asWritten: true };
  return new OnnxEngine(workers, {
    threads,
    variables: update.variables,
    state,
    update: {
      step: () => createSession(writeModel(restrict(update, ['updated'])), options),
      probe: await createSession(writeModel(restrict(update, ['updated', 'probe'])), options),
    },
    probeLength: size(update.fetches.get('probe')?.shape ?? [0]),
  });
}
