/** The run never began to learn. The loss of guessing by frequency is the measure, not ln K: classes may be unequal. */

import { formatCount, formatLoss } from '../numbers/format.ts';
import { mean } from '../numbers/statistics.ts';
import { toSteps } from '../schedule/duration.ts';
import { isLearning, labelEntropy } from './history.ts';
import type { RuleContext } from './observation.ts';
import type { LiveTest, Rule } from './rule.ts';
import { fixInit, fixRate, RATE } from './shared-fixes.ts';

const STALL_STEPS = 100;
const STALL_EXAMPLES = 3000;
const SHARE = 0.97;
const SOURCE = 'healthy networks of 4 to 28 layers have begun by then (410 trainings)';

/** Step from which a run that has not begun to learn counts as stalled: after any warm-up. */
function stallFrom({ train, stepsPerEpoch }: RuleContext): number {
  const warmup = train.schedule.kind === 'warmup' ? toSteps(train.schedule.duration, stepsPerEpoch) : 0;
  return warmup + Math.max(STALL_STEPS, Math.ceil(STALL_EXAMPLES / train.batchSize));
}

const measured: LiveTest = {
  judges: 'step',
  persistence: 1,
  judge(_observation, history, context) {
    if (history.everLearnt || history.step < stallFrom(context)) return undefined;
    const guess = labelEntropy(context.classCounts);
    const loss = mean(history.losses.slice(-40));
    if (!(loss > SHARE * guess)) return undefined;
    return {
      severity: 'error',
      origin: RATE,
      message: `Nothing has been learnt in ${formatCount(history.step)} steps: the loss is ${formatLoss(loss)}, and guessing costs ${formatLoss(guess)}.`,
      evidence: { loss, guessing: guess },
      threshold: SHARE * guess,
      thresholdSource: SOURCE,
      measured: loss,
      fix: fixInit(context.network) ?? fixRate(context.train.learningRate / 3),
    };
  },
};

export const stalled: Rule = {
  id: 'stalled',
  detail:
    'This is the consequence, not the cause: where a cause was found it stands above. Where none was, try a third of the learning rate, `init: he`, or a shorter network. `stop_on: [stalled]` ends such a run by itself.',
  notes: {
    quantity: 'Mean loss of 40 steps against the entropy of the training labels, the loss of guessing by frequency.',
    test: `Above ${SHARE} of guessing, never learnt before; from ${STALL_STEPS} steps and ${formatCount(STALL_EXAMPLES)} examples on, after any warm-up.`,
    severity: 'Error.',
    fix: '`init: he`; a third of the rate where all is `he` already.',
    source: SOURCE,
    falsePositives:
      'Long warm-up, hence after it; unequal classes, hence the entropy and not ln K; narrow deep networks that end in an average may stay there for 150 steps and then begin: the finding ends then.',
    end: 'The network learns.',
  },
  watch: [measured],
  recovery: { judges: 'step', isOver: (_observation, history, context) => isLearning(history, context) },
};
