/** The backends that tests run on: all that this machine has; of the others, what is missing and how to get it. */
import type { UpdateConfig } from '../../server/domain/config.ts';
import type { Network } from '../../server/domain/network/network.ts';
import type { Program } from '../../server/domain/program/operation.ts';
import { forwardOn } from '../../server/engines/choose.ts';
import type { Engine } from '../../server/engines/engine.ts';
import type { ForwardBackend } from '../../server/engines/inference.ts';
import { channelBlock } from '../../server/engines/onnx/channel-block.ts';
import { createOnnxDeviceEngine } from '../../server/engines/onnx/device-engine.ts';
import { createOnnxEngine } from '../../server/engines/onnx/engine.ts';
import {
  VARIABLES,
  variableInput,
  writeCopyModel,
  writeDeviceModel,
  writeModel,
} from '../../server/engines/onnx/model.ts';
import {
  createDeviceSession,
  createSession,
  floatTensor,
  type InferenceSession,
  intTensor,
  type Tensor,
} from '../../server/engines/onnx/session.ts';
import { createTensorFlowEngine } from '../../server/engines/tensorflow/engine.ts';
import { writeGraph } from '../../server/engines/tensorflow/graph.ts';
import { loadTensorFlow, tensorFlowProblem } from '../../server/engines/tensorflow/load.ts';
import { assignVariables, Session } from '../../server/engines/tensorflow/session.ts';
import type { Backend } from '../../server/protocol/events.ts';
import { RunFailure } from '../../server/run-file/run-failure.ts';
import { got } from './tensor.ts';

export interface EngineOptions {
  readonly network: Network;
  readonly batchSize: number;
  readonly train: UpdateConfig;
  readonly parts: number;
}

/** What a program is run with, flat, by name. */
export interface ProgramFeed {
  readonly inputs: ReadonlyMap<string, Float32Array | Int32Array>;
  readonly variables: ReadonlyMap<string, Float32Array>;
}

export interface TestedBackend {
  readonly backend: Backend;
  /** Backend, and device where it is no CPU. */
  readonly name: string;
  /** For `describe(…, { skip })`: why it can't be tested here and what to do about it; false where it can. */
  readonly skip: string | false;
  create(options: EngineOptions): Promise<Engine>;
  /** What runs forward programs on it. */
  forward(): Promise<ForwardBackend>;
  /** Run a program without an engine around it, once; gives all of its fetches. */
  run(program: Program, feed: ProgramFeed): Promise<Map<string, Float32Array>>;
}

const onnx: TestedBackend = {
  backend: 'onnx',
  name: 'onnx',
  skip: false,
  create: createOnnxEngine,
  forward: () => forwardOn('onnx', { threads: 1, device: 'cpu' }),
  run: async (program, feed) => {
    const model = writeModel(program, { block: await channelBlock() });
    const session = await createSession(model, { threads: 1, keepsMemory: true });
    return runOnce(session, program, { inputs: feed.inputs, variables: each(program, feed) });
  },
};

/** A program's variables, each as an input of its own. */
const each = (program: Program, { variables }: ProgramFeed): Record<string, Tensor> =>
  Object.fromEntries(
    program.variables.map(({ name, shape }) => [
      variableInput(name),
      floatTensor(got(variables.get(name), name), shape),
    ]),
  );

/** All of them as one input. */
function flat(program: Program, { variables }: ProgramFeed): Record<string, Tensor> {
  const numbers = Float32Array.from(program.variables.flatMap(({ name }) => [...got(variables.get(name), name)]));
  return { [VARIABLES]: floatTensor(numbers, [numbers.length]) };
}

/** Run a program's session, and release it. */
async function runOnce(
  session: InferenceSession,
  program: Program,
  { inputs, variables }: Pick<ProgramFeed, 'inputs'> & { variables: Record<string, Tensor> },
): Promise<Map<string, Float32Array>> {
  const feeds = { ...variables };
  for (const [name, data] of inputs) {
    const { shape } = got(program.inputs.get(name), name);
    feeds[name] = data instanceof Int32Array ? intTensor(data, shape) : floatTensor(data, shape);
  }
  try {
    const results = await session.run(feeds);
    return new Map(
      [...program.fetches.keys()].map((name) => [name, got(results[`fetch/${name}`], name).data as Float32Array]),
    );
  } finally {
    await session.release();
  }
}

/** Why there is no GPU here that WebGPU can use; undefined if there is one. */
const adapterProblem = await (async (): Promise<string | undefined> => {
  try {
    const session = await createDeviceSession({ model: writeCopyModel(1), onHost: [] }, { keepOnDevice: [] });
    await session.release();
    return undefined;
  } catch (error) {
    if (error instanceof RunFailure) return error.message;
    throw error;
  }
})();

/** Tested if there is an adapter: a GPU, or SwiftShader (CONTRIBUTING.md says how). */
export const webgpu: TestedBackend = {
  backend: 'onnx',
  name: 'onnx by WebGPU',
  skip: adapterProblem === undefined ? false : `NOT TESTED on WebGPU. ${adapterProblem}`,
  create: createOnnxDeviceEngine,
  forward: () => forwardOn('onnx', { threads: 1, device: 'cpu' }),
  run: async (program, feed) =>
    runOnce(await createDeviceSession(writeDeviceModel(program), { keepOnDevice: [] }), program, {
      inputs: feed.inputs,
      variables: flat(program, feed),
    }),
};

/** One core a part, as the trainer has it. */
const library = () => loadTensorFlow({ threadsPerPart: 1, device: 'cpu' });

const problem = await tensorFlowProblem();

const tensorflow: TestedBackend = {
  backend: 'tensorflow',
  name: 'tensorflow',
  skip: problem === undefined ? false : `NOT TESTED on TensorFlow. ${problem}`,
  create: async (options) => createTensorFlowEngine(await library(), { ...options, threads: 2 }),
  forward: () => forwardOn('tensorflow', { threads: 1, device: 'cpu' }),
  async run(program, { inputs, variables }) {
    const graph = writeGraph(program);
    const session = new Session(await library(), graph);
    try {
      await assignVariables(session, { program, graph, values: variables });
      const fed = [...inputs].map(([name, data]) => ({
        name: got(graph.inputs.get(name), name),
        shape: got(program.inputs.get(name), name).shape,
        data,
      }));
      const results = await session.run(fed, [...graph.fetches.values()]);
      return new Map([...program.fetches.keys()].map((name, i) => [name, got(results[i], name)]));
    } finally {
      await session.close();
    }
  },
};

/** Every backend of the product, on this machine or not. */
export const backends: readonly TestedBackend[] = [onnx, tensorflow];

/** Those, and the devices that they can use. */
export const backendsAndDevices: readonly TestedBackend[] = [...backends, webgpu];

/** Use an engine and close it, whatever happens. */
export async function withEngine<T>(
  backend: TestedBackend,
  options: EngineOptions,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await backend.create(options);
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

/** Euclidean distance of two arrays of one length. */
export function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.NaN;
  let squares = 0;
  for (let i = 0; i < expected.length; i++) squares += ((actual[i] ?? 0) - (expected[i] ?? 0)) ** 2;
  return Math.sqrt(squares);
}
