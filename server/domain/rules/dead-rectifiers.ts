/**
 * Rectifiers that are not positive for any example and position of the batch: no gradient passes them. Small dense layers of
 * healthy networks have up to 69 % with a batch of 32; at depth a unit is on for all inputs or off for all at initialisation.
 */
import { formatCount, short } from '../numbers/format.ts';
import { lowerRate, RATE } from './fixes.ts';
import { DEAD_LAYER, DEAD_MEAN, deadShares, isDead, rectified } from './measures.ts';
import { HIGH_UPDATE } from './rates.ts';
import type { LiveTest, Rule } from './rule.ts';
import { killedUnits } from './start.ts';

/** The most in healthy runs, worst layer and mean over layers, per cent. */
const HEALTHY = [69, 12] as const;
const SOURCE = `healthy networks: worst layer up to ${HEALTHY[0] / 100}, mean over layers up to ${HEALTHY[1] / 100}, over 72 healthy runs`;

const measured: LiveTest = {
  judges: 'probe',
  persistence: 3,
  judge(observation, history, context) {
    if (observation.kind !== 'probe') return undefined;
    const { network, train } = context;
    const layers = rectified(network, observation.layers);
    const fractions = layers.map(({ deadFraction }) => deadFraction);
    const shares = deadShares(layers);
    if (!isDead(shares)) return undefined;
    const { worst, average } = shares;
    const { greatestUpdate } = history;
    const layer = layers[fractions.indexOf(worst)]?.name ?? '';
    const dead = `${formatCount(100 * worst)} % of the units of ${layer} are zero for every example of the batch, and ${formatCount(100 * average)} % over all layers`;
    return {
      severity: worst >= DEAD_LAYER ? 'error' : 'warning',
      layer,
      origin: RATE,
      message: `Large updates have killed rectifiers: ${dead}, and the median layer moved by up to ${short(100 * greatestUpdate)} % in a step.`,
      consequence: `Rectifiers are dead: ${dead}. Runs that learn have at most ${HEALTHY[0]} % and ${HEALTHY[1]} %.`,
      evidence: { by_layer: fractions, greatest_update_ratio: greatestUpdate },
      threshold: worst >= DEAD_LAYER ? DEAD_LAYER : DEAD_MEAN,
      thresholdSource: SOURCE,
      measured: worst,
      fix: lowerRate(train, train.learningRate / 3),
      ...(!killedUnits(history, context) && { relation: 'only-symptom' }),
    };
  },
};

export const deadRectifiers: Rule = {
  id: 'dead-rectifiers',
  detail:
    'A unit that is never positive gets no gradient and stays as it is. Units die after a step that was too large, on an input that is not normalised, or where the network starts with large negative biases. `prelu` and `leaky_relu` can’t die.',
  notes: {
    quantity:
      'Share of units (channels) not positive for any example and position of the batch, by layer; hidden layers with `relu`.',
    test: `A layer at ${100 * DEAD_LAYER} % or more, or ${100 * DEAD_MEAN} % as the mean over the layers, at 3 probes in a row. Alone only where the units lived at the first probe and the median update ratio was above ${HIGH_UPDATE} since, with a loss that rose.`,
    severity: `Warning; error where a layer has ${100 * DEAD_LAYER} %.`,
    fix: 'A third of the rate, where its steps killed them.',
    source: SOURCE,
    falsePositives:
      'Small dense layers with small batches. At depth a rectifier is on for all inputs or off for all at initialisation, hence the mean over layers and three probes. Units that were dead from the start, or died slowly, have another cause: then this is its consequence, or silent.',
    end: 'The shares are back below the limits.',
  },
  watch: [measured],
  recovery: {
    judges: 'probe',
    isOver: (observation, _history, { network }) =>
      observation.kind === 'probe' && !isDead(deadShares(rectified(network, observation.layers))),
  },
};
