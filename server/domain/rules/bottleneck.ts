/**
 * A place that everything has to pass and that is too narrow for the classes: n rectified units are on or off, 2^n patterns, and
 * where all are off nothing learns any more. Units with a slope keep their sign and size; only one alone is too few.
 */
import { type Activation, isWeighted } from '../config.ts';
import { kindOf } from '../layers/kinds.ts';
import { slopeOf } from '../layers/rectifier.ts';
import { type Network, type PlacedWeightedLayer, weightedLayers } from '../network/network.ts';
import { mapSize } from '../shapes/size.ts';
import { atStart, isWritten, settingAt } from './configuration.ts';
import type { Diagnosis, Rule, StaticContext } from './rule.ts';

/** So few rectified units die together on most seeds. */
const FEW = 2;
/** The least width that the fix gives. */
const WIDE = 16;
const SOURCE =
  'small networks of ten classes: 1 and 2 rectified units end at 89 % error, 3 at 34 to 76 %, and 24 at 23 %; one unit with a slope at 50 to 53 %, two at 26 to 32 %';

/** The fewest units that so many classes pass. */
function leastUnits(activation: Activation, classes: number): number {
  return slopeOf(activation) > 0 ? Math.min(2, classes - 1) : Math.ceil(Math.log2(classes));
}

interface Neck {
  /** The weighted layer that makes it so narrow. */
  readonly placed: PlacedWeightedLayer;
  /** Numbers that pass. */
  readonly units: number;
  /** The fewest that should. */
  readonly least: number;
}

/** The narrowest place before the last weighted layer that no other path leads past, where it is too narrow. */
function narrowest(network: Network): Neck | undefined {
  const { layers, classes } = network;
  const weighted = weightedLayers(network);
  const last = layers.findLastIndex(({ layer }) => isWeighted(layer));
  const necks = layers.slice(0, last).flatMap(({ output }, i): Neck[] => {
    const isPassedBy = layers.slice(i + 1).some(({ inputs }) => inputs.some((input) => input < i));
    const placed = weighted.findLast((one) => layers.indexOf(one) <= i);
    if (isPassedBy || !placed) return [];
    return [{ placed, units: mapSize(output), least: leastUnits(placed.layer.activation, classes) }];
  });
  return necks.filter(({ units, least }) => units < least).toSorted((a, b) => a.units - b.units)[0];
}

const unitsOf = (units: number, rectified: boolean): string =>
  `${units} ${rectified ? 'rectified ' : ''}unit${units === 1 ? '' : 's'}`;

function predict({ network }: StaticContext): Diagnosis | undefined {
  const neck = narrowest(network);
  if (!neck) return undefined;
  const { placed, units, least } = neck;
  const { layer } = placed;
  const { classes } = network;
  const setting = kindOf(layer).outputs;
  const at = settingAt(layer, setting ?? '');
  const width = Math.max(WIDE, 2 * classes);
  const rectified = slopeOf(layer.activation) === 0;
  return {
    severity: rectified && units <= FEW ? 'error' : 'warning',
    layer: layer.name,
    origin: at,
    message: `The layer ${layer.name} is a bottleneck: ${classes} classes have to pass ${unitsOf(units, rectified)}, and at least ${least} are needed.`,
    evidence: { units, classes },
    threshold: least,
    thresholdSource: SOURCE,
    measured: units,
    ...(setting !== undefined &&
      isWritten(layer) && {
        fix: {
          title: `Set ${setting}: ${width} on ${layer.name}`,
          changes: [{ kind: 'set', at, value: String(width) }],
        },
      }),
  };
}

export const bottleneck: Rule = {
  id: 'bottleneck',
  detail:
    'What a narrow layer does not let through no later layer brings back. Rectified units tell classes apart mostly by being on or off, and a few of them easily die together: then every image looks alike, no gradient comes back, and the loss stays at that of guessing.',
  notes: {
    quantity:
      'Numbers that pass the narrowest hidden place that no other path leads past, against the number of classes.',
    test: 'Fewer rectified units than log2 K, or one unit with a slope for three classes or more; before training and at the start of a run.',
    severity: `Error for ${FEW} rectified units or fewer; else warning.`,
    fix: `Twice as many units as classes, at least ${WIDE}.`,
    source: SOURCE,
    falsePositives:
      'A narrow branch with another path beside it; a map of few channels and many positions; two units with a slope, as networks have them whose features are drawn in a plane: they learn.',
    end: 'Never: the network does not change in a run.',
  },
  predict,
  watch: [atStart(predict)],
};
