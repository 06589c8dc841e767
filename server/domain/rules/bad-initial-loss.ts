/**
 * The first loss is far above that of guessing: logits that start large are confident at random. Predicted and measured alike
 * it is the same test: a loss above a limit.
 */

import { type Network, weightedLayers } from '../network/network.ts';
import { formatLoss, short } from '../numbers/format.ts';
import { inRunFile, type Origin } from '../origin.ts';
import { expectedFirstLoss } from '../propagation/first-loss.ts';
import { fiveStepLoss } from './history.ts';
import { fixInit, initMayFail, isShared } from './initialisation.ts';
import type { LiveTest, ProposedFix, Rule } from './rule.ts';
import { EXCESS, EXCESS_SHARE, firstLossLimit } from './start.ts';

/** In units of ln K. */
const ERROR_TIMES = 5;
const SOURCE =
  'the paper’s own networks start at up to 15.3 nats with 1000 classes (ln K + 8.4), healthy ones with ten at up to 7.2, over 72 healthy runs and docs/reproduction.md';

interface LastLayer {
  readonly name: string;
  readonly origin: Origin;
  readonly fix: ProposedFix | undefined;
}

/** The layer that gives the logits; the fix is of its own initialisation where it has one, else of the network's. */
function lastLayer(network: Network): LastLayer {
  const last = weightedLayers(network).at(-1)?.layer;
  if (!last) return { name: '', origin: inRunFile('network'), fix: undefined };
  const { initOrigin, name, init } = last;
  if (init.kind === 'he' || init.kind === 'from' || isShared(initOrigin))
    return { name, origin: initOrigin, fix: fixInit(network) };
  const title = 'Initialise the last layer for its fan-in: init: he';
  return { name, origin: initOrigin, fix: { title, changes: [{ kind: 'set', at: initOrigin, value: 'he' }] } };
}

/** What is wrong and what it is compared with; what to do, where there is no fix. */
function describe(loss: string, { classes, fix }: { classes: number; fix: unknown }): string {
  const wrong = `The first loss ${loss}, and random guessing among ${classes} classes gives ${formatLoss(Math.log(classes))}: the logits are too large.`;
  return fix ? wrong : `${wrong} Look at the images, and at weights that come from a file.`;
}

const measured: LiveTest = {
  judges: 'step',
  persistence: 1,
  judge(observation, _history, { network }) {
    if (observation.kind !== 'step' || observation.step > 1) return undefined;
    const guess = Math.log(network.classes);
    const { loss } = observation;
    const limit = firstLossLimit(network.classes);
    // A loss that is no number comes from images or weights that are none: no initialisation makes one at once.
    if (!(loss > limit) || !Number.isFinite(loss)) return undefined;
    const { name, origin, fix } = lastLayer(network);
    return {
      severity: loss > ERROR_TIMES * guess ? 'error' : 'warning',
      layer: name,
      origin,
      message: describe(`is ${short(loss)}`, { classes: network.classes, fix }),
      evidence: { first_loss: loss, guessing: guess },
      threshold: limit,
      thresholdSource: SOURCE,
      predicted: guess,
      measured: loss,
      fix,
      // `he` gives no such logits: something else does.
      ...(!initMayFail(network) && { relation: 'only-symptom' }),
    };
  },
};

export const badInitialLoss: Rule = {
  id: 'bad-initial-loss',
  detail:
    'A network that has learnt nothing should find all classes equally likely: a loss of ln K. Logits that start large are sure of random answers, and the first steps are spent on undoing that, with gradients many times too large.',
  notes: {
    quantity: 'Before training: the mean loss of logits of the predicted standard deviation. Live: the loss of step 1.',
    test: `Above ln K by more than ${EXCESS_SHARE} ln K and more than ${EXCESS} nats.`,
    severity: `Warning; error above ${ERROR_TIMES} ln K.`,
    fix: '`init: he` for the last layer.',
    source: SOURCE,
    falsePositives:
      'Pyramid pooling, PReLU and dropout make logits larger, and such networks learn: hence limits above those of older tools (2 ln K). Unequal classes lower the first loss, never raise it. Where all is `he`, something else makes the logits large: then this is its consequence, or silent.',
    end: 'The mean loss of five steps has come down to that of guessing.',
  },
  predict({ network, propagation }) {
    const std = propagation.layers.at(-1)?.forwardStd ?? 0;
    // Logits that have learnt are large on purpose.
    if (weightedLayers(network).at(-1)?.layer.init.kind === 'from') return undefined;
    const guess = Math.log(network.classes);
    const loss = expectedFirstLoss(std, network.classes);
    if (!(loss > firstLossLimit(network.classes))) return undefined;
    const { name, origin, fix } = lastLayer(network);
    return {
      severity: loss > ERROR_TIMES * guess ? 'error' : 'warning',
      layer: name,
      origin,
      message: describe(`will be about ${short(loss)}`, { classes: network.classes, fix }),
      evidence: { first_loss: loss, guessing: guess, logit_deviation: std },
      threshold: firstLossLimit(network.classes),
      thresholdSource: SOURCE,
      predicted: loss,
      fix,
      ...(!initMayFail(network) && { relation: 'only-symptom' }),
    };
  },
  watch: [measured],
  recovery: {
    judges: 'step',
    isOver: (_observation, history, { classCounts }) =>
      history.losses.length >= 5 && fiveStepLoss(history) <= Math.log(classCounts.length),
  },
};
