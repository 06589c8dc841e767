/** Where causes are written, and the fixes that several rules propose. */

import { type Activation, type Initialization, isWeighted, type TrainConfig } from '../config.ts';
import { slopeOf } from '../layers/rectifier.ts';
import { type Network, weightedLayers } from '../network/network.ts';
import { rounded, short } from '../numbers/format.ts';
import { describeOptimizer } from '../optimizers/optimizer.ts';
import { optimizerOf } from '../optimizers/optimizers.ts';
import { inRunFile, type Origin, originKey, pathOf } from '../origin.ts';
import type { ProbedLayer } from '../probe/quantities.ts';
import type { Propagation } from '../propagation/propagate.ts';
import type { FileChange, ProposedFix } from './rule.ts';

/** As a run file writes it. */
export const describeInit = (init: Initialization): string => {
  if (init.kind === 'from') return `{from: ${init.file.split(/[\\/]/).at(-1)}}`;
  const rule =
    init.kind === 'gaussian'
      ? `{gaussian: ${init.std}}`
      : init.mode === 'fan_in'
        ? init.kind
        : `{${init.kind}: ${init.mode}}`;
  return scaleOf(init) === 1 ? rule : `${rule}, init_scale: ${scaleOf(init)}`;
};

/** As a run file writes it. */
export function describeActivation(activation: Activation): string {
  if (activation.kind === 'leaky_relu' || activation.kind === 'prelu')
    return `{${activation.kind}: ${activation.slope}}`;
  return activation.kind;
}

/** The factor shared by all layers (`network.init_scale`); weights from a file are taken as they are. */
const scaleOf = (init: Initialization): number => (init.kind === 'from' ? 1 : (init.scale ?? 1));
const SCALE = inRunFile('network', 'init_scale');

/** Where the initialisation of a layer was written. */
export function initOrigin(network: Network, name: string): Origin {
  const layer = network.layers.find((placed) => placed.layer.name === name)?.layer;
  if (!layer || !isWeighted(layer)) return inRunFile('network');
  return layer.init.kind === 'he' && scaleOf(layer.init) !== 1 ? SCALE : layer.initOrigin;
}

/** Written once for all layers: `network.init`. */
export const isShared = (origin: Origin): boolean => pathOf(origin)?.length === 2;

/**
 * `init: he`, once for the network, the layers' own initialisations and a shared factor taken away; nothing where all is `he`. Weights from a
 * file stay: no fix throws away what was learnt.
 */
export function fixInit(network: Network): ProposedFix | undefined {
  const others = weightedLayers(network).filter(({ layer }) => layer.init.kind !== 'he' && layer.init.kind !== 'from');
  const origins = new Map(others.map(({ layer }) => [originKey(layer.initOrigin), layer.initOrigin]));
  const changes = [...origins.values()].map(
    (at): FileChange => (isShared(at) ? { kind: 'set', at, value: 'he' } : { kind: 'remove', at }),
  );
  if (weightedLayers(network).some(({ layer }) => scaleOf(layer.init) !== 1))
    changes.unshift({ kind: 'remove', at: SCALE });
  if (changes.length === 0) return undefined;
  const title =
    origins.size > 0 ? 'Initialise for rectifiers: init: he' : 'Draw the weights in full size: no init_scale';
  return { title, changes };
}

/** What mends an initialisation: the fix, or, where there is nothing to change, a sentence to end the message with. */
export function remedyOf(network: Network): { fix: ProposedFix | undefined; advice: string } {
  const fix = fixInit(network);
  return { fix, advice: fix ? '' : ` ${adviseInit(network)}` };
}

function adviseInit(network: Network): string {
  const inits = weightedLayers(network).map(({ layer }) => layer.init);
  if (inits.some(({ kind }) => kind === 'from')) return 'Start from other weights, or without them: `init: he`.';
  if (inits.some((init) => init.kind === 'he' && init.mode === 'fan_out')) return 'Try `init: he`, by fan-in.';
  return 'Look at the images and at the learning rate: `init: he` is right.';
}

/** What a factor over the depth means a layer, as a clause: of the rectified layers, where there are any. */
export function factorByLayer(network: Network, factor: number): string {
  const layers = weightedLayers(network);
  const rectified = layers.filter(({ layer }) => slopeOf(layer.activation) < 1);
  const kept = (count: number) => short(factor ** (1 / count));
  return rectified.length > 0
    ? `each of ${rectified.length} rectified layers keeps ${kept(rectified.length)} of it`
    : `each of ${layers.length} layers keeps ${kept(layers.length)} of it`;
}

/** The initialisation that most weighted layers have, in words. */
export const mainInit = (network: Network): string => {
  const counts = new Map<string, number>();
  for (const { layer } of weightedLayers(network)) {
    const text = describeInit(layer.init);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? '';
};

export const RATE = inRunFile('train', 'learning_rate');

/** A tenth of a rate that is too high; a rate beyond all reason goes to one that some networks bear, in one step. */
export const fixTooHigh = (rate: number): ProposedFix => fixRate(Math.min(rate / 10, 0.1));

/** Another learning rate, of one digit. */
export function fixRate(rate: number): ProposedFix {
  const value = String(rounded(rate, 1));
  return { title: `Set learning_rate: ${value}`, changes: [{ kind: 'set', at: RATE, value }] };
}

/** How far a steady gradient of 1 moves a weight a step in the long run: η/(1 − μ) of SGD. */
export const effectiveRate = ({ learningRate, optimizer }: TrainConfig): number =>
  optimizerOf(optimizer).effectiveRate(learningRate);

/** A rate with its optimiser, as a message names them: `0.01 with momentum 0.9`. */
export const describeRate = ({ learningRate, optimizer }: TrainConfig): string =>
  `${learningRate} with ${describeOptimizer(optimizerOf(optimizer))}`;

/** Effective rates of runs that learn stay below this (see `update-size.ts`). */
export const HIGH_EFFECTIVE = 1;

/** Steps in which decay alone takes a weight to 1/e: 1/λ over the effective rate. */
export const decaySteps = (train: TrainConfig): number => 1 / (effectiveRate(train) * train.weightDecay);

/** Fewer of them than this, and decay rules (410 trainings). */
export const FEW_DECAY_STEPS = 100;

/** Whether λ rules by itself: at no more than a sound rate. Where only the rate makes it rule, the rate is the cause. */
export const decayRules = (train: TrainConfig): boolean =>
  decaySteps(train) * Math.max(1, effectiveRate(train) / HIGH_EFFECTIVE) < FEW_DECAY_STEPS;

/** Layers of a probe but the last weighted one, whose outputs are the logits. */
export const hidden = <T>(layers: readonly T[]): readonly T[] => layers.slice(0, -1);

/** Measured root mean square of each hidden layer relative to what `he` would give on this input. */
export function signalRatios(layers: readonly ProbedLayer[], propagation: Propagation, meanSquare: number): number[] {
  const scale = Math.sqrt(meanSquare);
  return hidden(layers).map(
    ({ activationRms }, i) => activationRms / ((propagation.layers[i]?.heForwardStd ?? 1) * scale),
  );
}
