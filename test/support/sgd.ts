/** The update of today's runs, for tests. */
import type { UpdateConfig } from '../../server/domain/config.ts';

/** SGD with momentum μ and weight decay λ. */
export const sgdOf = (momentum: number, weightDecay: number): UpdateConfig => ({
  optimizer: { kind: 'sgd', momentum },
  weightDecay,
});
