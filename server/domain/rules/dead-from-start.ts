/**
 * Biases from a file that hold rectified units below zero whatever they see. What a unit sums up is near Gaussian with the
 * predicted deviation; a bias that is many deviations below 0 leaves nothing of it, and layers behind get less than predicted.
 */
import type { MapShape } from '../config.ts';
import { slopeOf } from '../layers/rectifier.ts';
import { isChain, type PlacedWeightedLayer, weightedLayers } from '../network/network.ts';
import { storedLayers } from '../network/stored-weights.ts';
import { short } from '../numbers/format.ts';
import { below, rectifiedSquare } from '../numbers/gaussian.ts';
import { atStart, drawAnew } from './configuration.ts';
import { hidden } from './measures.ts';
import type { Diagnosis, Rule, StaticContext } from './rule.ts';

/** The least share of sums above 0: of a map, whose positions see different things, and of a layer of single units. */
const MAP_SHARE = 2.5e-4;
const UNIT_SHARE = 0.02;
const SOURCE =
  'small networks learn with a share of 0.0025 in a convolution and of 0.06 in 32 units, and not with 2e-5 and 0.011; the sums of a layer with random weights are near Gaussian';

interface Held {
  readonly placed: PlacedWeightedLayer;
  /** Mean of the biases. */
  readonly bias: number;
  /** Predicted deviation of what the weights sum up. */
  readonly deviation: number;
  /** Share of the sums that are above 0 with their bias. */
  readonly share: number;
  /** The least that lets something pass. */
  readonly least: number;
}

/** Half of a unit, where there is one position: what it sums up differs more from unit to unit than from image to image. */
const leastShare = ([height, width, units]: MapShape): number =>
  height * width > 1 ? MAP_SHARE : Math.min(UNIT_SHARE, 0.5 / units);

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
    const least = leastShare(placed.output);
    return share < least ? [{ placed, bias, deviation: Math.sqrt(variance), share, least }] : [];
  });
}

function predict(context: StaticContext): Diagnosis | undefined {
  const { network } = context;
  const [first] = heldBelow(context);
  if (!first) return undefined;
  const { placed, bias, deviation, share, least } = first;
  const { layer } = placed;
  return {
    severity: 'error',
    layer: layer.name,
    origin: layer.initOrigin,
    message: `The biases of ${layer.name} hold its units at 0 from the start: they are ${short(bias)} on average, the weights add ${short(deviation)} either way, and ${short(100 * share)} % of the outputs are above 0.`,
    evidence: { bias, deviation, share },
    threshold: least,
    thresholdSource: SOURCE,
    measured: share,
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
    test: `So far below 0 that of a map less than ${MAP_SHARE} of the sums are above it, of single units less than half of one and less than ${UNIT_SHARE}; before training and at the start of a run.`,
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
