/**
 * Labels that were swapped at random have a fingerprint: errors spread evenly, even between classes that never look alike. Seen only where the
 * held-out labels are noisy too, and only with enough counts: the errors of a hard task are uneven, and it takes many to see that.
 */
import { formatCount } from '../numbers/format.ts';
import { quantile, sum } from '../numbers/statistics.ts';
import { inRunFile } from '../origin.ts';
import type { LiveTest, Rule } from './rule.ts';

/** Predictions of a class that are needed to judge it. */
const LEAST_PREDICTED = 10;
const LEAST_CLASSES = 0.7;
const LEAST_FLOOR = 0.1;
const LEAST_MARGIN = 1.2;
/** Of fewer classes any two may look alike. */
const FEWEST_CLASSES = 5;
/** Standard errors by which the floor is above chance. */
const SURE = 2;
const SOURCE = 'correct labels: 0.00 to 0.01; 40 to 50 % noise: 0.21 to 0.38 (410 trainings)';

type Confusion = readonly (readonly number[])[];

/** Wrong labels of a predicted class: how many there are of each label, and how many even noise would give. */
interface Wrong {
  readonly count: number;
  readonly expected: number;
  /** All that were predicted so. */
  readonly predicted: number;
}

/** Part of the confusions, from the least on, that is judged: likeness fills the others. */
const JUDGED = 0.75;
/** Index of dispersion, Σ(n − e)²/e over their number: even noise stays below 1 there, since the largest are left out. */
const MOST_DISPERSION = 1;

/** Whether errors are spread as evenly as random swaps spread them, but for classes that are alike: by their dispersion. */
function isEven(wrong: readonly Wrong[]): boolean {
  const judged = wrong.toSorted((a, b) => a.count / a.expected - b.count / b.expected).slice(0, JUDGED * wrong.length);
  const scale = sum(judged.map(({ count }) => count)) / sum(judged.map(({ expected }) => expected));
  const dispersion = sum(judged.map(({ count, expected }) => (count - scale * expected) ** 2 / (scale * expected)));
  return dispersion <= MOST_DISPERSION * judged.length;
}

/** Share of labels that looks swapped, from counts [label][predicted]; nothing where too little was predicted to say. */
function floorOf(confusion: Confusion) {
  const classes = confusion.length;
  const labels = confusion.map((row) => sum(row));
  const predicted = confusion.map((_, j) => sum(confusion.map((row) => row[j] ?? 0)));
  const judged = predicted.flatMap((count, j) => (count >= LEAST_PREDICTED ? [j] : []));
  if (classes < FEWEST_CLASSES || judged.length < LEAST_CLASSES * classes) return undefined;
  const total = sum(labels);
  const cells = judged.flatMap((j) => {
    return confusion.flatMap((row, i): Wrong[] => {
      const expected = ((predicted[j] ?? 0) * (labels[i] ?? 0)) / total;
      return i === j || !(expected > 0) ? [] : [{ count: row[j] ?? 0, expected, predicted: predicted[j] ?? 0 }];
    });
  });
  const lower = cells.toSorted((a, b) => a.count / a.predicted - b.count / b.predicted).slice(0, cells.length / 2);
  const [found, all] = [sum(lower.map(({ count }) => count)), sum(lower.map((cell) => cell.predicted))];
  const margins = judged.map(
    (j) => (confusion[j]?.[j] ?? 0) / Math.max(1, ...confusion.flatMap((row, i) => (i === j ? [] : [row[j] ?? 0]))),
  );
  return {
    floor: ((classes - 1) * found) / all,
    /** The least that it is by chance. */
    sure: ((classes - 1) * Math.max(0, found - SURE * Math.sqrt(found))) / all,
    margin: quantile(margins, 0.5),
    even: isEven(cells),
    judged: judged.length,
  };
}

const measured: LiveTest = {
  judges: 'evaluation',
  persistence: 2,
  judge(observation) {
    if (observation.kind !== 'evaluation' || !observation.confusion) return undefined;
    const noise = floorOf(observation.confusion);
    if (!noise?.even || noise.sure < LEAST_FLOOR || noise.margin < LEAST_MARGIN) return undefined;
    return {
      severity: 'warning',
      origin: inRunFile('data', 'source'),
      message: `About ${formatCount(100 * noise.floor)} % of the labels look randomly swapped: even classes that never look alike are confused, and with correct labels it is at most 1 %. Look at the labels of images that it gets wrong.`,
      evidence: { share_swapped: noise.floor, classes_judged: noise.judged },
      threshold: LEAST_FLOOR,
      thresholdSource: SOURCE,
      measured: noise.floor,
    };
  },
};

export const labelNoiseSuspected: Rule = {
  id: 'label-noise-suspected',
  detail:
    'A network confuses what looks alike: shirts and coats, not shirts and boots. Where every pair of classes is confused about equally often, the labels themselves are wrong. The share is a lower limit: noise that follows likeness is not seen.',
  notes: {
    quantity:
      'From the confusion counts of validation: (K − 1) times the mean of the lower half of all shares of a wrong label among those predicted a class; and how evenly the wrong labels are spread.',
    test: `At least ${LEAST_FLOOR} by ${SURE} standard errors at 2 evaluations in a row, with errors spread as evenly as chance spreads them (but for the greatest quarter), ${FEWEST_CLASSES} classes or more, ${100 * LEAST_CLASSES} % of them predicted ${LEAST_PREDICTED} times or more, each mostly right (median ${LEAST_MARGIN} times its greatest confusion).`,
    severity: 'Warning (“suspected”).',
    fix: 'None: look at the labels.',
    source: SOURCE,
    falsePositives:
      'A network that has not learnt confuses everything, hence the last condition; hard tasks and small sets have errors everywhere, hence the standard errors, and the even spread. Noise in training labels only, with a correct validation set, is not seen.',
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
