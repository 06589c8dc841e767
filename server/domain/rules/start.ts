/** How a run began: whether it started as a network should, and whether its steps were too large since. */
import { type History, hasRisen } from './history.ts';
import { isDead } from './measures.ts';
import type { RuleContext } from './observation.ts';
import { effectiveRate, HIGH_EFFECTIVE, HIGH_UPDATE } from './rates.ts';

/** Nats above ln K that a first loss may be, and in units of ln K: the larger one counts. */
export const EXCESS = 6;
export const EXCESS_SHARE = 1.5;

/** Factor between the first signal measured and predicted; single seeds lie within 2.5 (docs/diagnosis.md). */
const MOST_ODD = 8;

/** A mean square of the images above this multiplies every logit. */
export const MOST_SQUARE = 10;

/** The first loss that is still healthy, nats. */
export const firstLossLimit = (classes: number): number => {
  const guess = Math.log(classes);
  return guess + Math.max(EXCESS_SHARE * guess, EXCESS);
};

/**
 * The first loss and the first signal are those of a sound network on sound images. Where they are not, large steps are a consequence,
 * and no rate is at fault.
 */
export function startedSoundly({ firstLoss, firstProbe }: History, { network, input }: RuleContext): boolean {
  return (
    input.meanSquare <= MOST_SQUARE &&
    input.deviation > 0 &&
    (firstLoss === undefined || firstLoss <= firstLossLimit(network.classes)) &&
    (firstProbe === undefined || firstProbe.oddest <= MOST_ODD)
  );
}

/** Something speaks for a rate that is too high: large updates, a loss that rose, or the rate itself. */
export const hadLargeSteps = (history: History, context: RuleContext): boolean =>
  history.greatestUpdate > HIGH_UPDATE || hasRisen(history, context) || effectiveRate(context.train) >= HIGH_EFFECTIVE;

/** Units lived at the first probe and are dead now, and steps that were too large have killed them: the loss rose with them. */
export function killedUnits(history: History, context: RuleContext): boolean {
  const { firstProbe, lastProbe, greatestUpdate } = history;
  if (!firstProbe || !lastProbe || !(greatestUpdate > HIGH_UPDATE)) return false;
  const [before, now] = [firstProbe, lastProbe].map(({ worstDead: worst, averageDead: average }) =>
    isDead({ worst, average }),
  );
  return !before && now === true && hasRisen(history, context) && startedSoundly(history, context);
}
