import type { Program } from '../../domain/program/operation.ts';
import type { ForwardBackend, ForwardModel } from '../inference.ts';
import { channelBlock } from './channel-block.ts';
import { variableInput, writeModel } from './model.ts';
import { createSession, floatTensor, type InferenceSession, type Tensor } from './session.ts';
import { libraryVersion } from './version.ts';

/** One session per program, on all cores; weights are inputs, so that all sessions share them. */
class OnnxForward implements ForwardModel {
  readonly #session: InferenceSession;
  readonly #program: Program;
  #weights: Readonly<Record<string, Tensor>> = {};

  constructor(session: InferenceSession, program: Program) {
    this.#session = session;
    this.#program = program;
  }

  async assign(weights: ReadonlyMap<string, Float32Array>): Promise<void> {
    this.#weights = Object.fromEntries(
      this.#program.variables.map(({ name, shape }) => {
        const data = weights.get(name);
        if (!data) throw new Error(`no value for ${name}`);
        return [variableInput(name), floatTensor(data, shape)];
      }),
    );
  }

  async run(images: Float32Array, examples: number): Promise<Float32Array> {
    const [, ...map] = this.#program.inputs.get('images')?.shape ?? [];
    const feeds = { ...this.#weights, images: floatTensor(images, [examples, ...map]) };
    const logits = (await this.#session.run(feeds))['fetch/logits'];
    if (!logits) throw new Error('the session gave no logits');
    return logits.data as Float32Array;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
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
