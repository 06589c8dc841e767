import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Program } from '../../../domain/program/operation.ts';
import type { TensorFlowAddon } from '../../../runtime/load.ts';
import type { TensorFlowGraph } from './graph.ts';
import { wrapGraph } from './saved-model.ts';

/** TF_DataType. */
const FLOAT = 1;
const INT32 = 3;

/** A tensor under its name in the graph. */
export interface Feed {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** A graph that can be run: here (`Session`), or on several machines (`WorkersSession`). */
export interface GraphSession {
  /** Values of the fetches, flat. */
  run(feeds: readonly Feed[], fetches: readonly string[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** A session of the TensorFlow C library, reached through tfjs-node-gpu's addon: one call a step, which blocks the thread. */
export class Session implements GraphSession {
  readonly #addon: TensorFlowAddon;
  readonly #id: number;

  private constructor(addon: TensorFlowAddon, id: number) {
    this.#addon = addon;
    this.#id = id;
  }

  /** The library reads a SavedModel from a folder only; the folder is gone once it is read. */
  static async load(addon: TensorFlowAddon, { graphDef }: TensorFlowGraph): Promise<Session> {
    const folder = await mkdtemp(join(tmpdir(), 'rectiscope-graph-'));
    try {
      await writeFile(join(folder, 'saved_model.pb'), wrapGraph(graphDef));
      return new Session(addon, addon.loadSavedModel(folder, 'serve'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async run(feeds: readonly Feed[], fetches: readonly string[]): Promise<Float32Array[]> {
    const ids = feeds.map(({ shape, data }) =>
      this.#addon.createTensor([...shape], data instanceof Int32Array ? INT32 : FLOAT, data),
    );
    try {
      const names = feeds.map(({ name }) => name).join(',');
      const outputs = this.#addon.runSavedModel(this.#id, ids, names, fetches.join(','));
      return outputs.map(({ id }) => {
        const data = this.#addon.tensorDataSync(id) as Float32Array;
        this.#addon.deleteTensor(id);
        return data;
      });
    } finally {
      for (const id of ids) this.#addon.deleteTensor(id);
    }
  }

  async close(): Promise<void> {
    this.#addon.deleteSavedModel(this.#id);
  }
}

/** Store all variables of a program in a session of it. */
export async function assignVariables(
  session: GraphSession,
  { program, graph, values }: { program: Program; graph: TensorFlowGraph; values: ReadonlyMap<string, Float32Array> },
): Promise<void> {
  const feeds = program.variables.map(({ name, shape }, i): Feed => {
    const data = values.get(name);
    if (!data) throw new Error(`no value for ${name}`);
    return { name: graph.assignInputs[i] ?? '', shape, data };
  });
  await session.run(feeds, [graph.assign]);
}

/** What something of the program is called in the graph. */
export function named(names: ReadonlyMap<string, string>, name: string): string {
  const known = names.get(name);
  if (known === undefined) throw new Error(`the program has no ${name}`);
  return known;
}
