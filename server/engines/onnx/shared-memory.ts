/** Tries whether this Node lets native code work on memory that threads share: 22.18 to 22.20 and 24.0 to 24.8 do not. */
import { RunFailure } from '../../run-file/run-failure.ts';
import { ModelWriter } from './model-writer.ts';
import { createSession, floatTensor } from './session.ts';

const NODE_THAT_TRAINS = 'Node 22.21 or newer of 22, or 24.9 or newer';

/** A model that copies one number. */
function writeCopy(): Uint8Array {
  const writer = new ModelWriter();
  writer.input('from', 'float32', [1]);
  writer.nodes('Identity', ['from'], { names: ['to'] });
  writer.output('to', 'float32', [1]);
  return writer.finish();
}

const shared = (value: number) => floatTensor(new Float32Array(new SharedArrayBuffer(4)).fill(value), [1]);

/** Throws a RunFailure that names the versions that work where this Node does not. */
export async function requireSharedMemory(): Promise<void> {
  const session = await createSession(writeCopy(), { threads: 1, keepsMemory: false });
  try {
    await session.run({ from: shared(1) }, { to: shared(0) });
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('Invalid argument')) throw error;
    const { node, electron } = process.versions;
    const update =
      electron === undefined
        ? `Use ${NODE_THAT_TRAINS}, and end the training server that runs on this one: \`rectiscope server stop\`.`
        : `It came with this editor: update the editor, or train in a terminal with ${NODE_THAT_TRAINS}.`;
    throw new RunFailure(
      `Node ${node} can't train on onnxruntime: it refuses memory that threads share. ${update} Or train with \`--backend tensorflow\` after \`rectiscope runtime install\`.`,
    );
  } finally {
    await session.release();
  }
}
