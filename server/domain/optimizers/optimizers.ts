/** Every optimiser, by its kind. */
import type { OptimizerConfig } from '../config.ts';
import type { Optimizer } from './optimizer.ts';
import { sgd } from './sgd.ts';

/** The optimiser that a configuration names. */
export function optimizerOf(config: OptimizerConfig): Optimizer {
  switch (config.kind) {
    case 'sgd':
      return sgd(config);
  }
}
