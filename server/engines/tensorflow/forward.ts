import type { Program } from '../../domain/program/operation.ts';
import type { ForwardBackend, ForwardModel } from '../inference.ts';
import { type TensorFlowGraph, writeGraph } from './graph.ts';
import type { TensorFlowLibrary } from './load.ts';
import { assignVariables, named, Session } from './session.ts';

/** One session per program; its weights are in the session. */
class TensorFlowForward implements ForwardModel {
  readonly #session: Session;
  readonly #program: Program;
  readonly #graph: TensorFlowGraph;

  constructor(session: Session, program: Program, graph: TensorFlowGraph) {
    this.#session = session;
    this.#program = program;
    this.#graph = graph;
  }

  async assign(weights: ReadonlyMap<string, Float32Array>): Promise<void> {
    await assignVariables(this.#session, { program: this.#program, graph: this.#graph, values: weights });
  }

  async run(images: Float32Array, examples: number): Promise<Float32Array> {
    const [, ...map] = this.#program.inputs.get('images')?.shape ?? [];
    const feed = { name: named(this.#graph.inputs, 'images'), shape: [examples, ...map], data: images };
    const [logits] = await this.#session.run([feed], [named(this.#graph.fetches, 'logits')]);
    if (!logits) throw new Error('the session gave no logits');
    return logits;
  }

  async close(): Promise<void> {
    await this.#session.close();
  }
}

/** Forward programs on the native TensorFlow runtime. */
export const tensorFlowForward = (library: TensorFlowLibrary): ForwardBackend => ({
  backend: 'tensorflow',
  device: library.device,
  library: `TensorFlow ${library.version}`,
  async load(program) {
    const graph = writeGraph(program);
    return new TensorFlowForward(new Session(library, graph), program, graph);
  },
});
