import type { UpdateConfig } from '../../domain/config.ts';
import type { Network } from '../../domain/network/network.ts';
import { inputsAt, type Optimizer } from '../../domain/optimizers/optimizer.ts';
import { optimizerOf } from '../../domain/optimizers/optimizers.ts';
import type { Program } from '../../domain/program/operation.ts';
import { stepProgram } from '../../domain/step/step.ts';
import type { SessionAddon } from '../../runtime/session-addon.ts';
import type { Batch, Engine, StepOutput } from '../engine.ts';
import { shareOut } from './devices.ts';
import { type TensorFlowGraph, writeGraph } from './graph.ts';
import type { TensorFlowLibrary } from './load.ts';
import { assignVariables, type Feed, type GraphSession, named, Session } from './session.ts';
import { WorkersSession, workerDevices } from './workers-session.ts';

export interface TensorFlowOptions {
  readonly network: Network;
  readonly batchSize: number;
  readonly train: UpdateConfig;
  readonly parts: number;
  readonly threads: number;
}

class TensorFlowEngine implements Engine {
  readonly backend = 'tensorflow';
  readonly device: Engine['device'];
  readonly threads: number;
  readonly parts: number;
  readonly #session: GraphSession;
  readonly #program: Program;
  readonly #optimizer: Optimizer;
  readonly #graph: TensorFlowGraph;

  constructor(
    session: GraphSession,
    graph: TensorFlowGraph,
    options: TensorFlowOptions & { program: Program; device: Engine['device'] },
  ) {
    this.#session = session;
    this.#graph = graph;
    this.#program = options.program;
    this.#optimizer = optimizerOf(options.train.optimizer);
    this.device = options.device;
    this.threads = options.threads;
    this.parts = options.parts;
  }

  async assign(variables: ReadonlyMap<string, Float32Array>): Promise<void> {
    await assignVariables(this.#session, { program: this.#program, graph: this.#graph, values: variables });
  }

  async read(): Promise<Map<string, Float32Array>> {
    const values = await this.#session.run([], this.#graph.reads);
    return new Map(this.#program.variables.map(({ name }, i) => [name, Float32Array.from(values[i] ?? [])]));
  }

  async step(batch: Batch, { probe }: { probe: boolean }): Promise<StepOutput> {
    const scalars = inputsAt(this.#optimizer, { rate: batch.learningRate, step: batch.step });
    const feeds = [
      this.#feed('images', batch.images),
      this.#feed('labels', batch.labels),
      ...scalars.map(([name, value]) => this.#feed(name, Float32Array.of(value))),
      ...[...batch.dropoutMasks].map(([layer, mask]) => this.#feed(`dropout/${layer}`, mask)),
    ];
    const fetches = (probe ? ['loss', 'logits', 'probe'] : ['loss', 'logits']).map((name) => this.#fetch(name));
    const [loss, logits, values] = (await this.#session.run(feeds, fetches)) as [
      Float32Array,
      Float32Array,
      Float32Array?,
    ];
    return { loss: loss[0] ?? Number.NaN, logits, ...(values && { probe: values }) };
  }

  async evaluate(images: Float32Array): Promise<Float32Array> {
    const [logits] = await this.#session.run(
      [this.#feed('evaluation_images', images)],
      [this.#fetch('evaluation_logits')],
    );
    if (!logits) throw new Error('the session gave no logits');
    return logits;
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  #feed(input: string, data: Float32Array | Int32Array): Feed {
    return { name: named(this.#graph.inputs, input), shape: this.#program.inputs.get(input)?.shape ?? [], data };
  }

  #fetch(fetch: string): string {
    return named(this.#graph.fetches, fetch);
  }
}

/**
 * An engine on the native TensorFlow runtime, its parts distributed over the library's devices. The library was loaded with the threads that the parts need: it reads
 * TF_NUM_INTRAOP_THREADS once, when it is loaded.
 */
export async function createTensorFlowEngine(library: TensorFlowLibrary, options: TensorFlowOptions): Promise<Engine> {
  const { network, batchSize: batch, parts, train } = options;
  const program = stepProgram({ network, batch, parts, train });
  const { devices } = library;
  // One device needs no name: TensorFlow takes the GPU, if there is one.
  const graph = writeGraph(program, devices.length > 1 ? shareOut({ parts, devices }) : undefined);
  return new TensorFlowEngine(new Session(library, graph), graph, { ...options, program, device: library.device });
}

/**
 * An engine on the TensorFlow of other machines: variables and update on the first, a share of the parts on each. Throws a
 * RunFailure that names a worker that does not answer.
 */
export async function createWorkersEngine(
  addon: SessionAddon,
  { workers, ...options }: Omit<TensorFlowOptions, 'threads'> & { workers: readonly string[] },
): Promise<Engine> {
  const { network, batchSize: batch, parts, train } = options;
  const program = stepProgram({ network, batch, parts, train });
  const used = workers.slice(0, parts);
  const graph = writeGraph(program, shareOut({ parts, devices: workerDevices(used) }));
  const { session, device } = await WorkersSession.open(addon, graph, used);
  return new TensorFlowEngine(session, graph, { ...options, threads: used.length, program, device });
}
