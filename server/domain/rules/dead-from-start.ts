/**
 * Biases from a file that hold rectified units below zero whatever they see. What a unit sums up is near Gaussian with the
 * predicted deviation; a bias that is many deviations below 0 leaves nothing of it, and layers behind get less than predicted.
 */
import { slopeOf } from '../layers/rectifier.ts';
import { isChain, type PlacedWeightedLayer, weightedLayers } from '../network/network.ts';
import { storedLayers } from '../network/stored-weights.ts';
import { below, rectifiedSquare } from '../numbers/gaussian.ts';
import { short } from '../numbers/numbers.ts';
import { atStart, drawAnew } from './configuration.ts';
import type { Diagnosis, Rule, StaticContext } from './rule.ts';
import { hidden } from './shared-fixes.ts';

/** A bias of so many deviations below 0 leaves one sum in 4,000 above it. */
const DEVIATIONS = 3.5;
const SOURCE =
  'small networks with biases 2.8 deviations below 0 in one layer learn, with 4.2 they do not; the sums of a layer with random weights are near Gaussian';

interface Held {
  readonly placed: PlacedWeightedLayer;
  /** Mean of the biases. */
  readonly bias: number;
  /** Predicted deviation of what the weights sum up. */
  readonly deviation: number;
  /** Share of the sums that are above 0 with their bias. */
  readonly share: number;
}

/** The hidden layers whose biases hold all of their units below 0, from the first on: nothing passes it. */
function heldBelow({ network, propagation, input }: Pick<StaticContext, 'network' | 'propagation' | 'input'>): Held[] {
  const chained = isChain(network);
  let left = input?.meanSquare ?? 1;
  return hidden(weightedLayers(network)).flatMap((placed, i): Held[] => {
    const { init, activation } = placed.layer;
    const variance = (propagation.layers[i]?.forwardStd ?? 0) ** 2 * left;
    if (slopeOf(activation) > 0 || init.kind !== 'from' || !(variance > 0)) return [];
    const { mean: bias, rms } = init.bias ?? { mean: 0, rms: 0 };
    const spread = Math.sqrt(variance + Math.max(0, rms * rms - bias * bias));
    // The prediction knows no biases: what they leave is counted here, where one layer takes what the one before it gives.
    if (chained) left *= rectifiedSquare(bias, spread) / (variance / 2);
    const share = below(bias / spread);
    return bias < -DEVIATIONS * spread ? [{ placed, bias, deviation: Math.sqrt(variance), share }] : [];
  });
}

function predict(context: StaticContext): Diagnosis | undefined {
  const { network } = context;
  const held = heldBelow(context);
  const [first] = held;
  if (!first) return undefined;
  const { placed, bias, deviation, share } = first;
  const { layer } = placed;
  return {
    severity: 'error',
    layer: layer.name,
    source: layer.initSource,
    message: `The biases of ${layer.name} hold its units at 0 from the start: they are ${short(bias)} on average, the weights add ${short(deviation)} either way, and ${short(100 * share)} % of the outputs are above 0.`,
    evidence: { bias, deviation, share },
    threshold: -DEVIATIONS,
    thresholdSource: SOURCE,
    measured: bias / deviation,
    fix: drawAnew(storedLayers(network), storedLayers(network)),
  };
}

export const deadFromStart: Rule = {
  id: 'dead-from-start',
  detail:
    'A rectified unit that is below 0 for every image gives 0 and gets no gradient, so nothing brings its bias back. One such layer is enough: no signal passes it, and the layers before it learn nothing either. Biases start at 0 unless a file brings others.',
  notes: {
    quantity:
      'Mean bias of a rectified hidden layer from a file of weights, against the predicted deviation of what its weights sum up; what the biases of the layers before it leave of the signal is counted.',
    test: `More than ${DEVIATIONS} deviations below 0; before training and at the start of a run.`,
    severity: 'Error.',
    fix: '`init: he` in place of the file.',
    source: SOURCE,
    falsePositives:
      'Biases that differ much from unit to unit: their spread counts as deviation. `prelu` and `leaky_relu` can’t die.',
    end: 'Never: it is about the start.',
  },
  predict,
  watch: [atStart(predict)],
};
