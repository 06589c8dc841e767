/** What has happened in a run so far, as far as rules look back. Plain data: it goes into the checkpoint. */
import { gradientPerWeight } from '../numbers/gradient-per-weight.ts';
import { mean, median } from '../numbers/statistics.ts';
import type { ProbedLayer } from '../probe/quantities.ts';
import { deadShares, gradientPerDecay, medianUpdate, rectified, signalRatios, startRatios } from './measures.ts';
import type { Observation, RuleContext } from './observation.ts';
import { chanceError, spreadOf } from './validation.ts';

/** Entropy of the training labels, nats: the loss of guessing by frequency; ln K where classes are balanced. */
export function labelEntropy(classCounts: readonly number[]): number {
  const total = classCounts.reduce((sum, count) => sum + count, 0);
  return classCounts.reduce((sum, count) => (count > 0 ? sum - (count / total) * Math.log(count / total) : sum), 0);
}

export interface PastEvaluation {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
  readonly top1: number;
  readonly trainLoss: number;
  readonly trainTop1: number;
}

/** What a probe showed, all layers in one. A number that is none is remembered as a very large one. */
export interface PastProbe {
  readonly step: number;
  /** Least and greatest signal of a hidden layer relative to `he`. */
  readonly least: number;
  readonly greatest: number;
  /** Greatest factor, up or down, between the signal of a hidden layer and its prediction. */
  readonly oddest: number;
  readonly gradientPerWeight: number;
  readonly gradientPerDecay: number;
  readonly update: number;
  /** Share of dead units: of the worst layer, and as the mean over layers. */
  readonly worstDead: number;
  readonly averageDead: number;
}

export interface History {
  readonly step: number;
  /** Losses of the last steps at one learning rate, newest last: a change of the rate begins anew. */
  readonly losses: readonly number[];
  /** Top-1 errors of the same batches, per cent. */
  readonly top1: readonly number[];
  /** Steps since the rate last dropped, or since the start. */
  readonly stepsAtRate: number;
  /** The first loss that was a number. */
  readonly firstLoss?: number;
  /** Least and greatest mean of five steps so far. */
  readonly least: number;
  readonly greatest: number;
  readonly rate: number;
  readonly peakRate: number;
  /** Whether it had learnt at any step. */
  readonly everLearnt: boolean;
  readonly evaluations: readonly PastEvaluation[];
  readonly firstProbe?: PastProbe;
  readonly lastProbe?: PastProbe;
  /** Greatest median update ratio of any probe. */
  readonly greatestUpdate: number;
  /** Steps of the first epoch so far and the sum of their errors, per cent: of examples that the network had never seen. */
  readonly freshSteps: number;
  readonly freshErrors: number;
  /** The most that validation was ever better than chance, and worse, in standard errors. */
  readonly bestValidation: number;
  readonly worstValidation: number;
}

export const startHistory: History = {
  step: 0,
  losses: [],
  top1: [],
  stepsAtRate: 0,
  least: Number.MAX_VALUE,
  greatest: 0,
  rate: 0,
  peakRate: 0,
  everLearnt: false,
  evaluations: [],
  greatestUpdate: 0,
  freshSteps: 0,
  freshErrors: 0,
  bestValidation: 0,
  worstValidation: 0,
};

/** A checkpoint is JSON, which knows no NaN: what is no number is remembered as a very large one. */
const remembered = (value: number): number => (Number.isFinite(value) ? value : NO_NUMBER);
const NO_NUMBER = 1e30;

/** Whether a remembered value was a number. */
export const wasNumber = (value: number): boolean => value !== NO_NUMBER;

function pastProbe(step: number, layers: readonly ProbedLayer[], context: RuleContext): PastProbe {
  const { network, propagation, input } = context;
  const signals = signalRatios(layers, propagation, input.meanSquare);
  const odd = startRatios(layers, propagation, input.meanSquare).map((ratio) => Math.max(ratio, 1 / ratio));
  const { worst, average } = deadShares(rectified(network, layers));
  return {
    step,
    least: remembered(Math.min(...signals)),
    greatest: remembered(Math.max(...signals)),
    oddest: remembered(Math.max(1, ...odd)),
    gradientPerWeight: remembered(median(layers.map(gradientPerWeight))),
    gradientPerDecay: remembered(gradientPerDecay(layers)),
    update: remembered(medianUpdate(layers)),
    worstDead: remembered(worst),
    averageDead: remembered(average),
  };
}

/** Steps that "is it learning?" looks back on: at least 20, and at least 640 examples. */
export const learningWindow = (batchSize: number): number => Math.max(20, Math.ceil(640 / batchSize));

/** The shortest window of `plateaued`, steps: at least 40, and at least 1,000 examples. */
const leastWindow = (batchSize: number): number => Math.max(40, Math.ceil(1000 / batchSize));

/** The longest window of `plateaued`, steps: what is kept of a run does not grow for ever. */
const LONGEST_WINDOW = 500;

/**
 * Steps of one window of `plateaued`: a quarter of those at this learning rate, since a healthy loss falls ever more slowly
 * (by a share of itself when the steps double), and at least 40 and 1,000 examples.
 */
export function plateauWindow({ stepsAtRate }: Pick<History, 'stepsAtRate'>, batchSize: number): number {
  return Math.max(leastWindow(batchSize), Math.min(LONGEST_WINDOW, Math.floor(stepsAtRate / 4)));
}

/** Mean loss of the last steps. */
export const recentLoss = ({ losses }: History, { train }: RuleContext): number =>
  mean(losses.slice(-learningWindow(train.batchSize)));

/** Mean loss of the last five steps. */
export const fiveStepLoss = ({ losses }: History): number => mean(losses.slice(-5));

/** Error of always guessing the commonest class of the training examples, per cent. */
export function trainGuessing(classCounts: readonly number[]): number {
  return 100 * (1 - Math.max(...classCounts) / classCounts.reduce((sum, count) => sum + count, 0));
}

/**
 * Learning now: the mean loss of the window is below 0.9 of guessing, or its mean error 20 points under always guessing the
 * commonest class (limits from 410 trainings of healthy and faulty networks).
 */
export function isLearning(history: History, context: RuleContext): boolean {
  const { losses, top1 } = history;
  if (losses.length === 0) return false;
  const guessing = trainGuessing(context.classCounts);
  const errors = top1.slice(-learningWindow(context.train.batchSize));
  return recentLoss(history, context) < 0.9 * labelEntropy(context.classCounts) || mean(errors) <= guessing - 20;
}

/** The loss once stood 1.3 times above its start and above guessing: a rate or an explosion, not a vanishing gradient. */
export const hasRisen = ({ firstLoss = 0, greatest }: History, { classCounts }: RuleContext): boolean =>
  greatest > 1.3 * Math.max(firstLoss, labelEntropy(classCounts));

/** Take in what happened. */
export function remember(history: History, observation: Observation, context: RuleContext): History {
  if (observation.kind === 'evaluation') {
    const { step, epoch, top1, trainTop1 } = observation;
    const losses = { loss: remembered(observation.loss), trainLoss: remembered(observation.trainLoss) };
    const evaluation = { step, epoch, top1, trainTop1, ...losses };
    const chance = chanceError(observation, context);
    const spread = spreadOf(observation, chance);
    const better = spread ? (chance - top1) / spread : 0;
    return {
      ...history,
      evaluations: [...history.evaluations, evaluation].slice(-20),
      bestValidation: Math.max(history.bestValidation, better),
      worstValidation: Math.max(history.worstValidation, -better),
    };
  }
  if (observation.kind === 'probe') {
    const probe = pastProbe(observation.step, observation.layers, context);
    const { firstProbe = probe, greatestUpdate } = history;
    return { ...history, firstProbe, lastProbe: probe, greatestUpdate: Math.max(greatestUpdate, probe.update) };
  }
  if (observation.kind !== 'step') return history;
  const { step, loss, top1, learningRate: rate } = observation;
  // Warm-up changes the rate a little at every step: only a drop begins anew.
  const dropped = rate < 0.7 * history.rate;
  const stepsAtRate = dropped ? 1 : history.stepsAtRate + 1;
  const { batchSize } = context.train;
  const isFresh = step <= context.stepsPerEpoch;
  const losses = [...(dropped ? [] : history.losses), remembered(loss)].slice(
    -2 * Math.max(leastWindow(batchSize), LONGEST_WINDOW),
  );
  const next = {
    ...history,
    step,
    losses,
    stepsAtRate,
    top1: [...(dropped ? [] : history.top1), top1].slice(-learningWindow(batchSize)),
    ...(history.firstLoss === undefined && Number.isFinite(loss) && { firstLoss: loss }),
    rate,
    peakRate: Math.max(history.peakRate, rate),
    freshSteps: history.freshSteps + (isFresh ? 1 : 0),
    freshErrors: history.freshErrors + (isFresh ? top1 : 0),
  };
  const five = fiveStepLoss(next);
  return {
    ...next,
    least: losses.length >= 5 ? Math.min(history.least, five) : history.least,
    greatest: Number.isFinite(loss) ? Math.max(history.greatest, loss) : history.greatest,
    everLearnt: history.everLearnt || (losses.length >= 5 && isLearning(next, context)),
  };
}
