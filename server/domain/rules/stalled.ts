/**
 * The run never began to learn. The loss of guessing by frequency is the measure, not ln K: classes may be unequal. Beneath a cause this
 * is a consequence; alone it says honestly that no cause was found, what was ruled out by which number, and what to try.
 */
import { formatCount, formatLoss } from '../numbers/format.ts';
import { mean, standardError } from '../numbers/statistics.ts';
import { inRunFile } from '../origin.ts';
import { toSteps } from '../schedule/duration.ts';
import { type History, isLearning, labelEntropy } from './history.ts';
import type { Observation, RuleContext } from './observation.ts';
import type { Diagnosis, LiveTest, Rule } from './rule.ts';
import { ruledOut } from './ruled-out.ts';

/** Steps and examples after which a run has begun to learn; without a cause in sight narrow deep networks may need more. */
const STALL_STEPS = 100;
const SLOW_STEPS = 200;
const END_STEPS = 40;
export const STALL_EXAMPLES = 3000;
const END_EXAMPLES = 1000;
/** So many epochs of few images are as good as many steps. */
const STALL_EPOCHS = 10;
/** A mean above this holds losses that were no numbers. */
const MOST_LOSS = 1e20;
export const STALL_SHARE = 0.97;
const SOURCE = 'healthy networks of 4 to 28 layers have begun by then (410 trainings)';

/** Whether the run has come to its planned end. */
export const isLast = ({ step }: History, { train, stepsPerEpoch }: RuleContext): boolean =>
  step >= toSteps(train.length, stepsPerEpoch);

/** Steps since the end of any warm-up; negative while it lasts. */
export function stepsSinceWarmup({ step }: History, { train, stepsPerEpoch }: RuleContext): number {
  const warmup = train.schedule.kind === 'warmup' ? toSteps(train.schedule.duration, stepsPerEpoch) : 0;
  return step - warmup;
}

/** Nothing was learnt so far. */
function nothingLearnt(history: History, context: RuleContext): Diagnosis | undefined {
  const guess = labelEntropy(context.classCounts);
  const losses = history.losses.slice(-40);
  const loss = mean(losses);
  if (history.everLearnt || guess === 0 || !(loss > STALL_SHARE * guess)) return undefined;
  const { facts, sentence } = ruledOut(history, context);
  const what =
    loss < MOST_LOSS
      ? `the loss is ${formatLoss(loss)}, and random guessing gives ${formatLoss(guess)}`
      : `the loss is not a finite number, and random guessing gives ${formatLoss(guess)}`;
  return {
    severity: 'error',
    origin: inRunFile('train'),
    message: `Nothing was learnt in ${history.step} steps, and no cause was found: ${what}. Try \`rectiscope overfit FILE\` (two batches) first, then \`rectiscope look FILE\` and \`rectiscope lr FILE\`.`,
    consequence: `Nothing was learnt in ${history.step} steps: ${what}.`,
    more: sentence,
    evidence: { loss, guessing: guess, ...facts },
    threshold: STALL_SHARE * guess,
    thresholdSource: SOURCE,
    measured: loss,
  };
}

/** The loss is falling, slowly: mean of the last 40 steps against the 40 before. */
function isFalling({ losses }: History): boolean {
  const [before, after] = [losses.slice(-80, -40), losses.slice(-40)];
  if (before.length < 40) return false;
  return mean(before) - mean(after) > 2 * Math.hypot(standardError(before), standardError(after));
}

/** Where a cause is known, early. */
const explained: LiveTest = {
  judges: 'step',
  persistence: 1,
  judge(_observation, history, context) {
    const steps = stepsSinceWarmup(history, context);
    if (steps < STALL_STEPS || steps * context.train.batchSize < STALL_EXAMPLES) return undefined;
    const diagnosis = nothingLearnt(history, context);
    return diagnosis && { ...diagnosis, relation: 'only-symptom' };
  },
};

/** Where none is known, later; sooner where the same few images have come again and again. */
const alone: LiveTest = {
  judges: 'step',
  persistence: 1,
  judge(_observation, history, context) {
    const steps = stepsSinceWarmup(history, context);
    const isLong = steps >= SLOW_STEPS || (steps >= STALL_STEPS && steps >= STALL_EPOCHS * context.stepsPerEpoch);
    if (isLast(history, context) || !isLong || steps * context.train.batchSize < STALL_EXAMPLES || isFalling(history))
      return undefined;
    return nothingLearnt(history, context);
  },
};

/** At the end of the run, which may be shorter than that. */
const atEnd: LiveTest = {
  judges: 'evaluation',
  persistence: 1,
  judge(_observation, history, context) {
    const examples = history.step * context.train.batchSize;
    if (!isLast(history, context) || history.step < END_STEPS || examples < END_EXAMPLES) return undefined;
    return nothingLearnt(history, context);
  },
};

export const stalled: Rule = {
  id: 'stalled',
  detail:
    'Where a cause was found, this is its consequence. Where none was, go on from what is simple: a network that cannot fit two batches has a fault of its own (`rectiscope overfit FILE`); one that can has one in its data or its rate (`rectiscope look FILE`, `rectiscope lr FILE`). `stop_on: [stalled]` ends such a run by itself.',
  notes: {
    quantity: 'Mean loss of 40 steps beside the entropy of the training labels, the loss of guessing by frequency.',
    test: `Above ${STALL_SHARE} of guessing, never learnt before. Beneath a cause from ${STALL_STEPS} steps and ${formatCount(STALL_EXAMPLES)} examples on, after any warm-up; without one from ${SLOW_STEPS} steps on (${STALL_STEPS} where these are ${STALL_EPOCHS} epochs), while the loss is not falling; and at the end of a run of at least ${END_STEPS} steps and ${formatCount(END_EXAMPLES)} examples.`,
    severity: 'Error.',
    fix: 'None: the cause has it. Without a cause the message says what to try, and the evidence what was ruled out.',
    source: SOURCE,
    falsePositives:
      'Long warm-up, hence after it; unequal classes, hence the entropy and not ln K; narrow deep networks that end in an average may stay there for 150 steps and then begin, hence the patience.',
    end: 'The network learns.',
  },
  watch: [explained, alone, atEnd],
  recovery: { judges: 'step', isOver: (_observation: Observation, history, context) => isLearning(history, context) },
};
