/**
 * Rectifiers that are not positive for any example and position of the batch: no gradient passes them. Small dense layers of
 * healthy networks have up to 69 % with a batch of 32; at depth a unit is on for all inputs or off for all at initialisation.
 */

import { slopeOf } from '../layers/rectifier.ts';
import { type Network, weightedLayers } from '../network/network.ts';
import { formatCount } from '../numbers/format.ts';
import { mean } from '../numbers/statistics.ts';
import type { ProbedLayer } from '../probe/quantities.ts';
import type { LiveTest, Rule } from './rule.ts';
import { fixRate, hidden, RATE } from './shared-fixes.ts';

const LAYER = 0.9;
const MEAN = 0.25;
/** The most in healthy runs, worst layer and mean over layers, per cent. */
const HEALTHY = [69, 12] as const;
const SOURCE = `healthy networks: worst layer up to ${HEALTHY[0] / 100}, mean over layers up to ${HEALTHY[1] / 100}, over 72 healthy runs`;

/** The hidden layers whose rectifier lets nothing of the negative part through. */
function rectified(network: Network, layers: readonly ProbedLayer[]): ProbedLayer[] {
  const isRectified = hidden(weightedLayers(network)).map(({ layer }) => slopeOf(layer.activation) === 0);
  return layers.filter((_, i) => isRectified[i]);
}

const isDead = (fractions: readonly number[]): boolean =>
  fractions.length > 0 && (Math.max(...fractions) >= LAYER || mean(fractions) >= MEAN);

const measured: LiveTest = {
  judges: 'probe',
  persistence: 3,
  judge(observation, _history, { network, train }) {
    if (observation.kind !== 'probe') return undefined;
    const layers = rectified(network, observation.layers);
    const fractions = layers.map(({ deadFraction }) => deadFraction);
    if (!isDead(fractions)) return undefined;
    const worst = Math.max(...fractions);
    const layer = layers[fractions.indexOf(worst)]?.name ?? '';
    return {
      severity: worst >= LAYER ? 'error' : 'warning',
      layer,
      origin: RATE,
      message: `Rectifiers are dead: ${formatCount(100 * worst)} % of the units of ${layer} are zero for every example of the batch, and ${formatCount(100 * mean(fractions))} % over all layers. Runs that learn have at most ${HEALTHY[0]} % and ${HEALTHY[1]} %.`,
      evidence: { by_layer: fractions },
      threshold: worst >= LAYER ? LAYER : MEAN,
      thresholdSource: SOURCE,
      measured: worst,
      fix: fixRate(train.learningRate / 3),
    };
  },
};

export const deadRectifiers: Rule = {
  id: 'dead-rectifiers',
  detail:
    'A unit that is never positive gets no gradient and stays so: units die by a step that was too large, by an input that is not normalised, or by an initialisation that shifts them. `prelu` and `leaky_relu` cannot die.',
  notes: {
    quantity:
      'Share of units (channels) not positive for any example and position of the batch, by layer; hidden layers with `relu`.',
    test: `A layer at ${100 * LAYER} % or more, or ${100 * MEAN} % as the mean over the layers, at 3 probes in a row.`,
    severity: `Warning; error where a layer has ${100 * LAYER} %.`,
    fix: 'A third of the rate.',
    source: SOURCE,
    falsePositives:
      'Small dense layers with small batches. At depth a rectifier is on for all inputs or off for all at initialisation, hence the mean over layers and three probes.',
    end: 'The shares are back below the limits.',
  },
  watch: [measured],
  recovery: {
    judges: 'probe',
    isOver: (observation, _history, { network }) =>
      observation.kind === 'probe' &&
      !isDead(rectified(network, observation.layers).map(({ deadFraction }) => deadFraction)),
  },
};
