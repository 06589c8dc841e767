import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Program } from '../../../domain/program/operation.ts';
import type { TensorFlowAddon } from '../../../runtime/load.ts';
import type { TensorFlowGraph } from './graph.ts';

/** TF_DataType. */
const FLOAT = 1;
const INT32 = 3;

/** A tensor under its name in the graph. */
export interface Feed {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** A session of the TensorFlow C library, reached through tfjs-node-gpu's addon: one call a step. */
export class Session {
  readonly #addon: TensorFlowAddon;
  readonly #id: number;

  private constructor(addon: TensorFlowAddon, id: number) {
    this.#addon = addon;
    this.#id = id;
  }

  /** The library reads a SavedModel from a folder only; the folder is gone once it is read. */
  static async load(addon: TensorFlowAddon, { savedModel }: TensorFlowGraph): Promise<Session> {
    const folder = await mkdtemp(join(tmpdir(), 'rectiscope-graph-'));
    try {
      await writeFile(join(folder, 'saved_model.pb'), savedModel);
      return new Session(addon, addon.loadSavedModel(folder, 'serve'));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  run(feeds: readonly Feed[], fetches: readonly string[]): Float32Array[] {
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

  close(): void {
    this.#addon.deleteSavedModel(this.#id);
  }
}

/** Store all variables of a program in a session of it. */
export function assignVariables(
  session: Session,
  { program, graph, values }: { program: Program; graph: TensorFlowGraph; values: ReadonlyMap<string, Float32Array> },
): void {
  const feeds = program.variables.map(({ name, shape }, i): Feed => {
    const data = values.get(name);
    if (!data) throw new Error(`no value for ${name}`);
    return { name: graph.assignInputs[i] ?? '', shape, data };
  });
  session.run(feeds, [graph.assign]);
}

/** What something of the program is called in the graph. */
export function named(names: ReadonlyMap<string, string>, name: string): string {
  const known = names.get(name);
  if (known === undefined) throw new Error(`the program has no ${name}`);
  return known;
}
