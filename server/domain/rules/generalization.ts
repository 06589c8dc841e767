/** Rules that compare training with validation. */
import { short } from './numbers.ts';
import type { LiveRule } from './rule.ts';

/**
 * Validation gets worse while training gets better, or stands far above it. Dropout and augmentation make the training loss
 * higher, hence it is taken in test mode; 500-example evaluations wobble by 10 %, hence twice in a row, after two epochs.
 */
export const overfitting: LiveRule = {
  id: 'overfitting',
  judges: 'evaluation',
  persistence: 2,
  judge(observation, { evaluations }) {
    if (observation.kind !== 'evaluation' || observation.epoch < 2) return undefined;
    const earlier = evaluations.filter(({ step }) => step < observation.step);
    const best = earlier.toSorted((a, b) => a.loss - b.loss)[0];
    const worse = best !== undefined && observation.loss > 1.1 * best.loss && observation.trainLoss < best.trainLoss;
    const gap = observation.loss - observation.trainLoss;
    const apart =
      observation.loss > 2 * observation.trainLoss && gap > 0.3 && observation.top1 - observation.trainTop1 > 8;
    if (!worse && !apart) return undefined;
    const since = best ? `; it was best at step ${best.step} with ${short(best.loss)}` : '';
    return {
      severity: 'warning',
      source: ['data'],
      message: `The network learns its examples by heart: validation loss ${short(observation.loss)}, training loss ${short(observation.trainLoss)}${since}. More data, dropout, more weight decay or fewer epochs would help.`,
      evidence: {
        loss: observation.loss,
        train_loss: observation.trainLoss,
        top1: observation.top1,
        train_top1: observation.trainTop1,
      },
      threshold: worse ? 1.1 : 2,
      thresholdSource: 'silent on healthy runs, where a gap of 10 % would fire on 21 of 36',
      measured: worse ? observation.loss / best.loss : observation.loss / observation.trainLoss,
    };
  },
};

/** Predictions of a class that are needed to judge it. */
const LEAST_PREDICTED = 10;
const LEAST_FLOOR = 0.1;

/**
 * Labels exchanged at random have a fingerprint: errors spread evenly, even between classes that never look alike. Seen only
 * where the held-out labels are noisy too.
 */
export const labelNoise: LiveRule = {
  id: 'label-noise-suspected',
  judges: 'evaluation',
  persistence: 2,
  judge(observation) {
    if (observation.kind !== 'evaluation' || !observation.confusion) return undefined;
    const { confusion } = observation;
    const classes = confusion.length;
    const predicted = confusion.map((_, j) => confusion.reduce((sum, row) => sum + (row[j] ?? 0), 0));
    const judged = predicted.flatMap((count, j) => (count >= LEAST_PREDICTED ? [j] : []));
    if (classes < 3 || judged.length < 0.7 * classes) return undefined;
    const share = (i: number, j: number) => (confusion[i]?.[j] ?? 0) / (predicted[j] ?? 1);
    const others = judged
      .flatMap((j) => confusion.flatMap((_, i) => (i === j ? [] : [share(i, j)])))
      .toSorted((a, b) => a - b);
    const lower = others.slice(0, Math.floor(others.length / 2));
    const floor = (classes - 1) * (lower.reduce((sum, value) => sum + value, 0) / lower.length);
    const margins = judged
      .map((j) => share(j, j) / Math.max(...confusion.flatMap((_, i) => (i === j ? [] : [share(i, j)]))))
      .toSorted((a, b) => a - b);
    if (floor < LEAST_FLOOR || (margins[Math.floor(margins.length / 2)] ?? 0) < 1.2) return undefined;
    return {
      severity: 'warning',
      source: ['data', 'source'],
      message: `About ${(100 * floor).toFixed(0)} % of the labels look exchanged at random: even classes that never look alike are confused.`,
      evidence: { floor, classes_judged: judged.length },
      threshold: LEAST_FLOOR,
      thresholdSource: 'clean labels: 0.00 to 0.01; 40 to 50 % noise: 0.21 to 0.38 (410 trainings)',
      measured: floor,
    };
  },
};
