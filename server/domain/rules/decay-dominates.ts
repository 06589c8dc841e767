/**
 * Weight decay moves the weights more than the loss does: the paper's way to recognise a diminishing gradient (section 2.2), and a
 * fault of its own where λ is too large. At the end of training the two balance, hence only while the loss is high.
 */
import { isLearning, labelEntropy, recentLoss } from './history.ts';
import { median, short } from './numbers.ts';
import type { LiveRule, ProposedFix, StaticRule } from './rule.ts';
import { fixInit } from './sources.ts';
import { WARNING_FACTOR } from './vanishing-gradient.ts';

const LEAST_RATIO = 2;
const WARNING_STEPS = 100;
const ERROR_STEPS = 30;
const DECAY = ['train', 'weight_decay'] as const;
const fixDecay: ProposedFix = {
  title: 'Set weight_decay: 0.0005, as in the paper',
  changes: [{ kind: 'set', path: DECAY, value: '0.0005' }],
};

export const decayDominates: LiveRule = {
  id: 'decay-dominates',
  judges: 'probe',
  persistence: 3,
  judge(observation, history, context) {
    const { train, network, propagation, classCounts } = context;
    if (observation.kind !== 'probe' || train.weightDecay === 0) return undefined;
    const measured = median(observation.layers.map(({ gradientNorm, decayNorm }) => gradientNorm / decayNorm));
    if (!(measured < LEAST_RATIO) || recentLoss(history, context) <= 0.5 * labelEntropy(classCounts)) return undefined;
    const vanishes = propagation.backwardFactor < WARNING_FACTOR;
    return {
      severity: isLearning(history, context) ? 'warning' : 'error',
      source: DECAY,
      message: `Weight decay rules: in the median layer the gradient is ${short(measured)} times the decay λw, and a run that learns has hundreds.`,
      evidence: { gradient_per_decay: measured, weight_decay: train.weightDecay },
      threshold: LEAST_RATIO,
      thresholdSource: 'λ = 0.05 gives 3.3 to 4.5 and learns; 0.2 gives 1.4 to 1.6 and does not (410 trainings)',
      measured,
      fix: vanishes ? fixInit(network) : fixDecay,
    };
  },
};

/** Steps in which decay alone would take a weight to 1/e: (1 − μ)/(ηλ). */
export const decayDominatesStatic: StaticRule = {
  id: 'decay-dominates',
  check({ train }) {
    const steps = (1 - train.momentum) / (train.learningRate * train.weightDecay);
    if (!(steps < WARNING_STEPS)) return undefined;
    return {
      severity: steps < ERROR_STEPS ? 'error' : 'warning',
      source: DECAY,
      message: `Weight decay will rule: without a gradient the weights would halve every ${short(Math.max(1, steps * Math.LN2))} steps.`,
      evidence: { decay_steps: steps },
      threshold: steps < ERROR_STEPS ? ERROR_STEPS : WARNING_STEPS,
      thresholdSource: 'every network with λ = 0.5 died (410 trainings)',
      predicted: steps,
      fix: fixDecay,
    };
  },
};
