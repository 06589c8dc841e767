/**
 * The first loss is far above that of guessing: logits that start large are confident at random. Healthy pyramid and fan-out
 * networks start at up to 4.7 with ten classes, so twice ln K would be too tight.
 */
import type { SourcePath } from '../config.ts';
import { type Network, weightedLayers } from '../network/network.ts';
import { fiveStepLoss } from './history.ts';
import { short } from './numbers.ts';
import type { LiveTest, ProposedFix, Rule } from './rule.ts';

const WARNING_STD = 3;
const ERROR_STD = 30;
/** Nats above ln K, and in units of ln K. */
const WARNING_EXCESS = 4;
const ERROR_TIMES = 5;
const SOURCE = 'healthy networks start at up to 4.7 nats with ten classes, over 72 healthy runs';

function lastLayer(network: Network): { name: string; source: SourcePath; fix: ProposedFix | undefined } {
  const last = weightedLayers(network).at(-1)?.layer;
  if (!last) return { name: '', source: ['network'], fix: undefined };
  const { initSource, name, init } = last;
  const own = initSource.length > 2;
  const fix: ProposedFix | undefined =
    init.kind === 'he' || init.kind === 'from'
      ? undefined
      : {
          title: 'Initialise the last layer for its fan-in: init: he',
          changes: [
            own ? { kind: 'remove', path: initSource } : { kind: 'set', path: ['network', 'init'], value: 'he' },
          ],
        };
  return { name, source: initSource, fix };
}

const measured: LiveTest = {
  judges: 'step',
  persistence: 1,
  judge(observation, _history, { network, classCounts }) {
    if (observation.kind !== 'step' || observation.step > 1) return undefined;
    const guess = Math.log(classCounts.length);
    const { loss } = observation;
    if (loss - guess <= Math.max(guess, WARNING_EXCESS)) return undefined;
    const { name, source, fix } = lastLayer(network);
    return {
      severity: loss > ERROR_TIMES * guess || Number.isNaN(loss) ? 'error' : 'warning',
      layer: name,
      source,
      message: `The first loss is ${short(loss)}, and a guess among ${classCounts.length} classes costs ${guess.toFixed(2)}: the logits are too large.`,
      evidence: { first_loss: loss, guess },
      threshold: guess + Math.max(guess, WARNING_EXCESS),
      thresholdSource: SOURCE,
      predicted: guess,
      measured: loss,
      fix,
    };
  },
};

export const badInitialLoss: Rule = {
  id: 'bad-initial-loss',
  detail:
    'A network that knows nothing should say so: all classes alike, a loss of ln K. Logits that start large are sure of random answers, and the first steps are spent on taking that back, with gradients many times too large.',
  notes: {
    quantity: 'Before training: the predicted standard deviation of the logits. Live: the loss of step 1 above ln K.',
    test: `Before training: above ${WARNING_STD}. Live, at step 1: above ln K by more than ln K and more than ${WARNING_EXCESS}.`,
    severity: `Warning; error above a deviation of ${ERROR_STD} or a loss of ${ERROR_TIMES} ln K.`,
    fix: '`init: he` for the last layer.',
    source: SOURCE,
    falsePositives:
      'Healthy pyramid and fan-out networks start at up to 4.7, so 2 ln K would be too tight. Unequal classes lower the first loss, never raise it.',
    end: 'The mean loss of five steps has come down to that of guessing.',
  },
  predict({ network, propagation }) {
    const std = propagation.layers.at(-1)?.forwardStd ?? 0;
    // Logits that have learnt are large on purpose.
    if (std <= WARNING_STD || weightedLayers(network).at(-1)?.layer.init.kind === 'from') return undefined;
    const { name, source, fix } = lastLayer(network);
    return {
      severity: std > ERROR_STD ? 'error' : 'warning',
      layer: name,
      source,
      message: `The logits will start with a standard deviation of ${short(std)}: the first loss will be about ${short(1.5 * std)}, where a guess costs ${Math.log(network.classes).toFixed(2)}.`,
      evidence: { logit_std: std },
      threshold: std > ERROR_STD ? ERROR_STD : WARNING_STD,
      thresholdSource: SOURCE,
      predicted: std,
      fix,
    };
  },
  watch: [measured],
  recovery: {
    judges: 'step',
    isOver: (_observation, history, { classCounts }) =>
      history.losses.length >= 5 && fiveStepLoss(history) <= Math.log(classCounts.length),
  },
};
