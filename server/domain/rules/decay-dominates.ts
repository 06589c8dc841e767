/**
 * Weight decay moves the weights more than the loss does: the paper's way to recognise a diminishing gradient (section 2.2), and a
 * fault of its own where λ is too large. At the end of training the two balance, hence only while the loss is high.
 */

import { short } from '../numbers/format.ts';
import { DECAY, lowerDecay } from './fixes.ts';
import { isLearning, labelEntropy, recentLoss } from './history.ts';
import { gradientPerDecay } from './measures.ts';
import { decayRules, decaySteps, FEW_DECAY_STEPS } from './rates.ts';
import type { LiveTest, Rule } from './rule.ts';

export const LEAST_RATIO = 2;
/** Least gradient per weight of a healthy network at step 1: only a decay that comes near it can win over such a gradient. */
const HEALTHY_GRADIENT = 0.025;
const ERROR_STEPS = 30;
const LIVE_SOURCE = 'λ = 0.05 gives 3.3 to 4.5 and learns; 0.2 gives 1.4 to 1.6 and does not (410 trainings)';
const STATIC_SOURCE = 'every network with λ = 0.5 died (410 trainings)';

/** “1 step”, “19 steps”. */
const stepsOf = (count: number): string => `${short(count)} step${short(count) === '1' ? '' : 's'}`;

const measured: LiveTest = {
  judges: 'probe',
  persistence: 3,
  judge(observation, history, context) {
    const { train, classCounts } = context;
    if (observation.kind !== 'probe' || train.weightDecay === 0) return undefined;
    const ratio = gradientPerDecay(observation.layers);
    if (!(ratio < LEAST_RATIO) || recentLoss(history, context) <= 0.5 * labelEntropy(classCounts)) return undefined;
    // A decay that a healthy gradient would withstand has won because the gradient is gone: that has a cause of its own.
    const isStrong = LEAST_RATIO * train.weightDecay >= HEALTHY_GRADIENT;
    return {
      severity: isLearning(history, context) ? 'warning' : 'error',
      origin: DECAY,
      message: `Weight decay is too strong beside the gradient: in the median layer the gradient is ${short(ratio)} times the decay, and a run that learns has at least ${LEAST_RATIO}.`,
      evidence: { gradient_per_decay: ratio, weight_decay: train.weightDecay },
      threshold: LEAST_RATIO,
      thresholdSource: LIVE_SOURCE,
      measured: ratio,
      fix: lowerDecay(train),
      ...(isStrong ? !decayRules(train) && { relation: 'symptom' } : { relation: 'only-symptom' }),
    };
  },
};

export const decayDominates: Rule = {
  id: 'decay-dominates',
  detail:
    'Without a gradient, weight decay takes the weights to 1/e in (1 − momentum) / (learning rate × weight decay) steps, and the signal with them. Where the gradient vanishes, or the rate is too high, this is a consequence of that. Otherwise the weight decay itself is too large.',
  notes: {
    quantity:
      'Before training: the steps in which decay alone takes a weight to 1/e, (1 − μ)/(ηλ). Live: the median over layers of the gradient’s norm over that of the decay, ‖∂E/∂w‖ / λ‖w‖.',
    test: `Before training: fewer than ${FEW_DECAY_STEPS} steps. Live: below ${LEAST_RATIO} at 3 probes in a row while the loss is above half of guessing; alone only where the weight decay is ${HEALTHY_GRADIENT / LEAST_RATIO} or more, which can win over a healthy gradient.`,
    severity: `Before training: warning, error below ${ERROR_STEPS} steps. Live: warning, error while nothing is learnt.`,
    fix: '`weight_decay: 0.0005`, where more is in force.',
    source: `Live: ${LIVE_SOURCE}. Before training: ${STATIC_SOURCE}.`,
    falsePositives:
      'At the end of training gradient and decay balance, hence only while the loss is high. A gradient that is gone for another reason is smaller than any decay: then this is a consequence, or silent.',
    end: 'The gradient is above the limit again, or the loss is below half of guessing.',
  },
  predict({ train }) {
    const steps = decaySteps(train);
    if (!(steps < FEW_DECAY_STEPS)) return undefined;
    return {
      severity: steps < ERROR_STEPS ? 'error' : 'warning',
      origin: DECAY,
      message: `Weight decay will be too strong: without a gradient it halves the weights within ${stepsOf(Math.max(1, steps * Math.LN2))}, and in networks that learn it takes more than ${Math.round(FEW_DECAY_STEPS * Math.LN2)}.`,
      evidence: { decay_steps: steps },
      threshold: steps < ERROR_STEPS ? ERROR_STEPS : FEW_DECAY_STEPS,
      thresholdSource: STATIC_SOURCE,
      predicted: steps,
      fix: lowerDecay(train),
      ...(!decayRules(train) && { relation: 'symptom' }),
    };
  },
  watch: [measured],
  recovery: {
    judges: 'probe',
    isOver: (observation, history, context) =>
      observation.kind === 'probe' &&
      (gradientPerDecay(observation.layers) >= LEAST_RATIO ||
        recentLoss(history, context) <= 0.5 * labelEntropy(context.classCounts)),
  },
};
