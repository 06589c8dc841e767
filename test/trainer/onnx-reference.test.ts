import { describe, it } from 'node:test';
import { createOnnxEngine } from '../../server/trainer/backends/onnx/engine.ts';
import { networkOf, trainingReference } from '../support/networks.ts';
import { followTrace } from '../support/trace.ts';

describe('the onnx backend follows the training traces of PyTorch in double precision', () => {
  for (const name of ['prelu-spp', 'relu-valid-average'])
    for (const parts of [1, 2])
      it(`${name}, in ${parts === 1 ? 'one part' : `${parts} parts`}`, async () => {
        const reference = trainingReference(name);
        const { momentum, weight_decay: weightDecay } = reference.train;
        const engine = await createOnnxEngine({
          network: networkOf(reference.network),
          batchSize: reference.batch_size,
          train: { momentum, weightDecay },
          parts,
        });
        try {
          await followTrace(reference, engine);
        } finally {
          await engine.close();
        }
      });
});
