import { FREE } from '../../domain/program/free-batch.ts';
import { ModelWriter } from './model-writer.ts';
import { createSession, floatTensor, type InferenceSession } from './session.ts';

/**
 * A model that makes one block of a few channels. Its output shows the size of a block: that depends on the
 * processor's vectors, and nothing else reports it.
 */
function writeBlockModel(channels: number): Uint8Array {
  const writer = new ModelWriter();
  writer.input('map', 'float32', [1, channels, 1, 1]);
  writer.nodes('Identity', [writer.blocked('ReorderInput', ['map'])], { names: ['block'] });
  writer.output('block', 'float32', [1, FREE, 1, 1]);
  return writer.finish();
}

/** The smallest possible block; `ReorderInput` takes no fewer channels. */
const FEW = 4;

let found: Promise<number | undefined> | undefined;

/** Channels that a block has on this processor; undefined if this onnxruntime has no operations on blocks for it. */
export function channelBlock(): Promise<number | undefined> {
  found ??= measure();
  return found;
}

async function measure(): Promise<number | undefined> {
  let session: InferenceSession;
  try {
    session = await createSession(writeBlockModel(FEW), { threads: 1, keepsMemory: false });
  } catch (error) {
    // They are registered only if there are kernels for them.
    if (error instanceof Error && error.message.includes('is not a registered function')) return undefined;
    throw error;
  }
  const { block } = await session.run({ map: floatTensor(new Float32Array(FEW), [1, FEW, 1, 1]) });
  await session.release();
  return block?.dims[1];
}
