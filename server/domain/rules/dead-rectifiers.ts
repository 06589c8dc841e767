/**
 * Rectifiers that are not positive for any example and position of the batch: no gradient passes them. Small dense layers of
 * healthy networks have up to 69 % with a batch of 32; at depth a unit is on for all inputs or off for all at initialisation.
 */
import { slopeOf } from '../layers/rectifier.ts';
import { weightedLayers } from '../network/network.ts';
import { mean } from './numbers.ts';
import type { LiveRule } from './rule.ts';
import { fixRate, RATE } from './sources.ts';

const LAYER = 0.9;
const MEAN = 0.25;

export const deadRectifiers: LiveRule = {
  id: 'dead-rectifiers',
  judges: 'probe',
  persistence: 3,
  judge(observation, _history, { network, train }) {
    if (observation.kind !== 'probe') return undefined;
    const rectified = weightedLayers(network).map(({ layer }) => slopeOf(layer.activation) === 0);
    const layers = observation.layers.filter((_, i) => rectified[i]);
    if (layers.length === 0) return undefined;
    const fractions = layers.map(({ deadFraction }) => deadFraction);
    const worst = Math.max(...fractions);
    if (worst < LAYER && mean(fractions) < MEAN) return undefined;
    const layer = layers[fractions.indexOf(worst)]?.name ?? '';
    return {
      severity: worst >= LAYER ? 'error' : 'warning',
      layer,
      source: RATE,
      message: `Rectifiers are dead: ${(100 * worst).toFixed(0)} % of the units of ${layer} are zero for every example of the batch, and ${(100 * mean(fractions)).toFixed(0)} % over all layers.`,
      evidence: { by_layer: fractions },
      threshold: worst >= LAYER ? LAYER : MEAN,
      thresholdSource: 'healthy networks: worst layer up to 0.69, mean over layers up to 0.12, over 72 healthy runs',
      measured: worst,
      fix: fixRate(train.learningRate / 3),
    };
  },
};
