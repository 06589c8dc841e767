/** Every optimiser, by its kind. */
import type { OptimizerConfig } from '../config.ts';
import type { Optimizer } from './optimizer.ts';
import { sgd } from './sgd.ts';

const makers: {
  readonly [K in OptimizerConfig['kind']]: (config: Extract<OptimizerConfig, { kind: K }>) => Optimizer;
} = { sgd };

/** The optimiser that a configuration names. */
export const optimizerOf = (config: OptimizerConfig): Optimizer => makers[config.kind](config);
