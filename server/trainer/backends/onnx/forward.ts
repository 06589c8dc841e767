import type { Program } from '../../../domain/program/operation.ts';
import type { ForwardBackend, ForwardModel } from '../../inference.ts';
import { channelBlock } from './channel-block.ts';
import { VARIABLES, writeModel } from './model.ts';
import { createSession, floatTensor, type InferenceSession } from './session.ts';
import { libraryVersion } from './version.ts';

/** A session a program, on all cores; weights are fed, so that many sessions share them. */
class OnnxForward implements ForwardModel {
  readonly #session: InferenceSession;
  readonly #program: Program;
  #weights = new Float32Array();

  constructor(session: InferenceSession, program: Program) {
    this.#session = session;
    this.#program = program;
  }

  async assign(weights: ReadonlyMap<string, Float32Array>): Promise<void> {
    this.#weights = flattened(weights, this.#program);
  }

  async run(images: Float32Array, examples: number): Promise<Float32Array> {
    const [, ...map] = this.#program.inputs.get('images')?.shape ?? [];
    const feeds = {
      [VARIABLES]: floatTensor(this.#weights, [this.#weights.length]),
      images: floatTensor(images, [examples, ...map]),
    };
    const logits = (await this.#session.run(feeds))['fetch/logits'];
    if (!logits) throw new Error('the session gave no logits');
    return logits.data as Float32Array;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

/** The last weights that were asked for, flat: programs of one network number their variables alike. */
const flat = new WeakMap<ReadonlyMap<string, Float32Array>, Float32Array<ArrayBuffer>>();

function flattened(weights: ReadonlyMap<string, Float32Array>, { variables }: Program): Float32Array<ArrayBuffer> {
  const known = flat.get(weights);
  if (known) return known;
  const parts = variables.map(({ name }) => {
    const data = weights.get(name);
    if (!data) throw new Error(`no value for ${name}`);
    return data;
  });
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let begin = 0;
  for (const part of parts) {
    all.set(part, begin);
    begin += part.length;
  }
  flat.set(weights, all);
  return all;
}

/** Forward programs on onnxruntime-node's CPU kernels. */
export const onnxForward = (threads: number): ForwardBackend => ({
  backend: 'onnx',
  device: 'cpu',
  library: `onnxruntime ${libraryVersion}`,
  load: async (program) =>
    new OnnxForward(
      await createSession(writeModel(program, { block: await channelBlock() }), { threads, keepsMemory: false }),
      program,
    ),
});
