import { describe, it } from 'node:test';
import { backendsAndDevices, withEngine } from '../support/engines.ts';
import { networkOf, trainingReference } from '../support/networks.ts';
import { sgdOf } from '../support/sgd.ts';
import { followTrace } from '../support/trace.ts';

describe('the training traces of PyTorch in double precision', () => {
  for (const backend of backendsAndDevices)
    for (const name of ['prelu-spp', 'relu-valid-average', 'overlap-dropout'])
      for (const parts of [1, 2])
        it(`${backend.name} follows ${name}, in ${parts === 1 ? 'one part' : `${parts} parts`}`, {
          skip: backend.skip,
        }, async () => {
          const reference = trainingReference(name);
          const { momentum, weight_decay: weightDecay } = reference.train;
          const options = {
            network: networkOf(reference.network),
            batchSize: reference.batch_size,
            train: sgdOf(momentum, weightDecay),
            parts,
          };
          await withEngine(backend, options, (engine) => followTrace(reference, engine));
        });
});
