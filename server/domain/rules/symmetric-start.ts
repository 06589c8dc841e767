/**
 * Units that start alike stay alike: they see the same, pass the same on and get the same gradient. The last layer is left out:
 * one that starts at 0 is common and harmless, since its gradient differs from class to class.
 */
import { type PlacedWeightedLayer, weightedLayers } from '../network/network.ts';
import { storedLayers } from '../network/stored-weights.ts';
import { atStart, drawAnew } from './configuration.ts';
import { hidden } from './measures.ts';
import type { Diagnosis, Rule, StaticContext } from './rule.ts';

const SOURCE = 'units with equal weights have equal gradients: exact';

const isZero = ({ layer: { init } }: PlacedWeightedLayer): boolean => init.kind === 'from' && init.std === 0;

/** Several units with the same weights and the same bias; also where all weights are 0. */
const isSymmetric = (placed: PlacedWeightedLayer): boolean => {
  const { init } = placed.layer;
  return init.kind === 'from' && init.unitsAlike === true && (placed.output[2] > 1 || isZero(placed));
};

function predict({ network }: StaticContext): Diagnosis | undefined {
  const inside = hidden(weightedLayers(network));
  const alike = inside.filter(isSymmetric);
  const zero = alike.find(isZero);
  const first = zero ?? alike[0];
  if (!first) return undefined;
  const { layer, output } = first;
  const isEverywhere = alike.length === inside.length;
  const where = `in ${alike.length} of ${inside.length} hidden layers`;
  return {
    severity: zero || isEverywhere ? 'error' : 'warning',
    layer: layer.name,
    origin: layer.initOrigin,
    message: zero
      ? `All weights of ${layer.name} start at 0, and units start alike ${where}: no signal passes, and no gradient comes back.`
      : `All ${output[2]} units of ${layer.name} start with the same weights, and so it is ${where}: ${isEverywhere ? 'they get the same gradient, and stay copies of one unit' : 'they begin as copies of one unit, and only the layers behind can part them'}.`,
    evidence: { layers: alike.map(({ layer: { name } }) => name).join(', '), share: alike.length / inside.length },
    threshold: 0,
    thresholdSource: SOURCE,
    measured: alike.length,
    fix: drawAnew(isEverywhere ? storedLayers(network) : alike, storedLayers(network)),
  };
}

export const symmetricStart: Rule = {
  id: 'symmetric-start',
  detail:
    'Weights are drawn at random so that every unit becomes another one. Where all units of a layer start with the same numbers, and the layers behind it treat them alike, they remain one unit for ever, however many there are. Weights of 0 are the worst of it: a rectifier at 0 passes no gradient either.',
  notes: {
    quantity: 'Hidden layers from a file of weights in which all units have the same weights and the same bias.',
    test: 'One such layer; before training and at the start of a run.',
    severity:
      'Error where it is so in all hidden layers, or where weights are 0; else warning, since the layers behind it may break the symmetry.',
    fix: '`init: he` for these layers; for the network where it is so in all hidden layers.',
    source: SOURCE,
    falsePositives: 'A last layer that starts at 0 is harmless and left out.',
    end: 'Never: it is about the start.',
  },
  predict,
  watch: [atStart(predict)],
};
