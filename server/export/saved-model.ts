/** A TensorFlow SavedModel: `tf.saved_model.load(DIR).signatures['serving_default'](images=…)`. */
import { writeFrozenSavedModel } from '../engines/tensorflow/saved-model.ts';
import { deployedModel } from './deployed.ts';
import { type Exporter, textBytes } from './exporter.ts';

const GRAPH = 'saved_model.pb';
/** TensorFlow's folder for other programs' files. */
const NOTES = 'assets.extra/rectiscope.json';

export const savedModel: Exporter = {
  async plan(snapshot) {
    const { program, values, step, description, metadata } = await deployedModel(snapshot);
    const notes = `${JSON.stringify({ description, ...metadata }, undefined, 2)}\n`;
    return {
      files: [
        { path: GRAPH, make: () => [writeFrozenSavedModel(program, values)] },
        { path: NOTES, make: () => textBytes(notes) },
      ],
      facts: { step },
      owned: (path) => [GRAPH, NOTES, 'assets.extra/'].includes(path),
    };
  },
};
