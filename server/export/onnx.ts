/** An ONNX model: opens in onnxruntime, in Netron, and in any reader of opset 18. */
import { writeFrozenModel } from '../engines/onnx/model.ts';
import { deployedModel } from './deployed.ts';
import type { Exporter } from './exporter.ts';

/** Input `images`, outputs `logits` and `probabilities`; any number N of images at once. */
export const onnx: Exporter = {
  async plan(snapshot) {
    const { program, values, step, ...notes } = await deployedModel(snapshot);
    return {
      files: [{ path: '', make: () => [writeFrozenModel(program, { values, notes })] }],
      facts: { step },
    };
  },
};
