/** The learned arrays as a safetensors file: bit for bit those of the checkpoint. */
import { encodeTensors } from '../formats/safetensors.ts';
import type { Exporter } from './exporter.ts';
import { readLearned } from './learned.ts';

/** `conv1.weight` is [kernel, kernel, in, out], `dense1.weight` [in, out]; float32. */
export const weights: Exporter = {
  async plan(snapshot) {
    const { arrays, state, weightsHash } = await readLearned(snapshot);
    const { run, name } = snapshot.summary;
    const metadata = {
      format: 'rectiscope',
      run,
      name,
      step: String(state.step),
      classes: JSON.stringify(snapshot.started?.classes ?? []),
      weights_hash: weightsHash,
      run_file: snapshot.text,
    };
    return {
      files: [{ path: '', make: () => encodeTensors({ arrays, metadata }) }],
      facts: { step: state.step, arrays: arrays.size },
    };
  },
};
