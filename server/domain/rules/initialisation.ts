/** Where an initialisation is written, in words, and what mends it. */
import { type Activation, type Initialization, isWeighted } from '../config.ts';
import { slopeOf } from '../layers/rectifier.ts';
import { type Network, weightedLayers } from '../network/network.ts';
import { short } from '../numbers/format.ts';
import { inRunFile, type Origin, originKey, pathOf } from '../origin.ts';
import type { FileChange, ProposedFix } from './rule.ts';

/** As a run file writes it. */
const describeInit = (init: Initialization): string => {
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

/**
 * Whether the initialisation can be at fault: there is one other than `he` by fan-in, or weights come from a file. Where it can’t, what
 * looks like its fault has another cause.
 */
export const initMayFail = (network: Network): boolean =>
  weightedLayers(network).some(
    ({ layer: { init } }) => init.kind !== 'he' || init.mode !== 'fan_in' || scaleOf(init) !== 1,
  );

function adviseInit(network: Network): string {
  const inits = weightedLayers(network).map(({ layer }) => layer.init);
  if (inits.some(({ kind }) => kind === 'from')) return 'Start from other weights, or without them: `init: he`.';
  if (inits.some((init) => init.kind === 'he' && init.mode === 'fan_out')) return 'Try `init: he`, by fan-in.';
  return 'Look at the images: `rectiscope look FILE` shows them as the network gets them.';
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
