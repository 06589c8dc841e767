import type { Program } from '../../domain/program/operation.ts';
import { integer, message, nested } from '../../formats/protobuf.ts';
import { NO_OPTIONS, type SessionAddon, type SessionHandle } from '../../runtime/session-addon.ts';
import { logicalCpus } from './devices.ts';
import type { TensorFlowGraph } from './graph.ts';
import type { TensorFlowLibrary } from './load.ts';

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

/**
 * ConfigProto: graph_options = 10 (rewrite_options = 10 (disable_meta_optimizer = 19)). The optimiser of graphs takes a second of the
 * first steps and makes the later ones no faster: the program is already written as it should run (bench/README.md). On a GPU it
 * is left on: there it chooses the layout of the maps.
 */
const AS_WRITTEN = nested(10, [nested(10, [integer(19, 1)])]);
/** ConfigProto: allow_soft_placement = 7. Operations without a GPU kernel run on the CPU, even if their node names the GPU. */
const WHERE_IT_CAN = integer(7, true);

const configuration = ({ device, devices }: TensorFlowLibrary): Uint8Array =>
  message(device === 'cuda' ? [WHERE_IT_CAN] : [AS_WRITTEN, logicalCpus(devices.length)]);

/** A session in this process. A run is off the event loop. */
export class Session implements GraphSession {
  readonly #addon: SessionAddon;
  readonly #session: SessionHandle;

  constructor(library: TensorFlowLibrary, { graphDef }: TensorFlowGraph) {
    this.#addon = library.sessions;
    this.#session = this.#addon.open(graphDef, '', configuration(library));
  }

  async run(feeds: readonly Feed[], fetches: readonly string[]): Promise<Float32Array[]> {
    return (await this.#addon.run(this.#session, feeds, fetches, NO_OPTIONS)) as Float32Array[];
  }

  close(): Promise<void> {
    return this.#addon.close(this.#session);
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

/** The graph's name for an input, fetch or variable of the program. */
export function named(names: ReadonlyMap<string, string>, name: string): string {
  const known = names.get(name);
  if (known === undefined) throw new Error(`the program has no ${name}`);
  return known;
}
