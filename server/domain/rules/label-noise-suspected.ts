/**
 * Labels exchanged at random have a fingerprint: errors spread evenly, even between classes that never look alike. Seen only
 * where the held-out labels are noisy too.
 */
import { formatCount } from '../numbers/format.ts';
import { mean, median } from '../numbers/statistics.ts';
import { inRunFile } from '../origin.ts';
import type { LiveTest, Rule } from './rule.ts';

/** Predictions of a class that are needed to judge it. */
const LEAST_PREDICTED = 10;
const LEAST_CLASSES = 0.7;
const LEAST_FLOOR = 0.1;
const LEAST_MARGIN = 1.2;
const SOURCE = 'clean labels: 0.00 to 0.01; 40 to 50 % noise: 0.21 to 0.38 (410 trainings)';

/** Share of labels that looks exchanged, from counts [label][predicted]; nothing where too little was predicted to tell. */
function floorOf(confusion: readonly (readonly number[])[]) {
  const classes = confusion.length;
  const predicted = confusion.map((_, j) => confusion.reduce((sum, row) => sum + (row[j] ?? 0), 0));
  const judged = predicted.flatMap((count, j) => (count >= LEAST_PREDICTED ? [j] : []));
  if (classes < 3 || judged.length < LEAST_CLASSES * classes) return undefined;
  const share = (i: number, j: number) => (confusion[i]?.[j] ?? 0) / (predicted[j] ?? 1);
  const others = judged
    .flatMap((j) => confusion.flatMap((_, i) => (i === j ? [] : [share(i, j)])))
    .toSorted((a, b) => a - b);
  const lower = others.slice(0, Math.floor(others.length / 2));
  const margins = judged.map(
    (j) => share(j, j) / Math.max(...confusion.flatMap((_, i) => (i === j ? [] : [share(i, j)]))),
  );
  return {
    floor: (classes - 1) * mean(lower),
    margin: median(margins),
    judged: judged.length,
  };
}

const measured: LiveTest = {
  judges: 'evaluation',
  persistence: 2,
  judge(observation) {
    if (observation.kind !== 'evaluation' || !observation.confusion) return undefined;
    const noise = floorOf(observation.confusion);
    if (!noise || noise.floor < LEAST_FLOOR || noise.margin < LEAST_MARGIN) return undefined;
    return {
      severity: 'warning',
      origin: inRunFile('data', 'source'),
      message: `About ${formatCount(100 * noise.floor)} % of the labels look exchanged at random: even classes that never look alike are confused, and with right labels it is at most 1 %. Look at the labels of images that it gets wrong.`,
      evidence: { share_exchanged: noise.floor, classes_judged: noise.judged },
      threshold: LEAST_FLOOR,
      thresholdSource: SOURCE,
      measured: noise.floor,
    };
  },
};

export const labelNoiseSuspected: Rule = {
  id: 'label-noise-suspected',
  detail:
    'A network confuses what looks alike: shirts and coats, not shirts and boots. Where every pair of classes is confused about equally often, the labels themselves are exchanged. The share is a floor: noise that follows likeness is not seen.',
  notes: {
    quantity:
      'From the confusion counts of validation: (K − 1) times the mean of the lower half of all shares of a wrong label among those predicted a class.',
    test: `At least ${LEAST_FLOOR} at 2 evaluations in a row, with ${100 * LEAST_CLASSES} % of the classes predicted ${LEAST_PREDICTED} times or more, each mostly right (median ${LEAST_MARGIN} times its greatest confusion).`,
    severity: 'Warning (“suspected”).',
    fix: 'None: look at the labels.',
    source: SOURCE,
    falsePositives:
      'A network that has not learnt confuses everything, hence the last condition. Noise in training labels only, with a clean validation set, is not seen.',
    end: 'Six evaluations in a row without it: then it was chance.',
  },
  watch: [measured],
  recovery: {
    judges: 'evaluation',
    isOver(observation) {
      if (observation.kind !== 'evaluation' || !observation.confusion) return false;
      const noise = floorOf(observation.confusion);
      return noise !== undefined && noise.floor < LEAST_FLOOR;
    },
  },
};
