import { type Activation, IMAGES, type Initialization, type Layer } from '../domain/config.ts';
import { kindOf } from '../domain/layers/kinds.ts';
import type { ActivationInput, InitInput } from '../domain/layers/weighted-settings.ts';
import { presetClasses, presetLayers } from '../domain/network/presets.ts';
import { inRunFile, type SourcePath } from '../domain/origin.ts';
import { type Draft, type Place, readEntries } from './layer-entries.ts';
import { type Conflict, describePath } from './mistake.ts';
import type { RunFileInput } from './schema.ts';

export type NetworkInput = RunFileInput['network'];

/** More layers than this are a typing error in `repeat`. */
const mostLayers = 1000;

/** Paper, section 1: the learned slope starts at 0.25. A leaky rectifier's customary slope is 0.01. */
function toActivation(written: ActivationInput): Activation {
  if (written === 'prelu') return { kind: 'prelu', share: 'channel', slope: 0.25 };
  if (written === 'leaky_relu') return { kind: 'leaky_relu', slope: 0.01 };
  if (typeof written === 'string') return { kind: written };
  if ('leaky_relu' in written) return { kind: 'leaky_relu', slope: written.leaky_relu };
  return { kind: 'prelu', share: written.prelu.share ?? 'channel', slope: written.prelu.slope ?? 0.25 };
}

/** `scale`: the network's `init_scale`; weights from a file are not scaled. */
function toInit(written: InitInput, scale = 1): Initialization {
  const scaled = scale === 1 ? {} : { scale };
  if (typeof written === 'string') return { kind: written, mode: 'fan_in', ...scaled };
  if ('he' in written) return { kind: 'he', mode: written.he, ...scaled };
  if ('xavier' in written) return { kind: 'xavier', mode: written.xavier, ...scaled };
  return 'gaussian' in written
    ? { kind: 'gaussian', std: written.gaussian, ...scaled }
    : { kind: 'from', file: written.from };
}

const ofPreset: Place = () => ['network', 'preset'];
const ofLayers: Place = (indices) => ['network', 'layers', ...indices];

/** The layers of the network: blocks and repeats written out, named, each with its activation and initialisation. */
export function resolveLayers(network: NetworkInput): { layers: Layer[]; conflicts: Conflict[] } {
  const { preset, classes = presetClasses } = network;
  const budget = { left: mostLayers + 1 };
  const drafts = network.layers
    ? readEntries(network.layers, { place: ofLayers, budget })
    : readEntries(preset === undefined ? [] : presetLayers[preset](classes), { place: ofPreset, budget });
  const conflicts = drafts.flatMap((draft) => draft.conflicts);
  const count = drafts.reduce((sum, draft) => sum + draft.repeat, 0);
  if (count > mostLayers) {
    const message = `A network has at most ${mostLayers} layers; these are ${count}. Lower a \`repeat\`.`;
    return { layers: [], conflicts: [...conflicts, { path: ['network', 'layers'], message }] };
  }
  const lastWeighted = drafts.findLast(isWeightedDraft);
  const names = new Names();
  const lastNames = new Map<Draft, string>();
  const layers = drafts.flatMap((draft) =>
    Array.from({ length: draft.repeat }, (_, i): Layer => {
      const name = names.next(draft, i);
      lastNames.set(draft, name);
      const taken = draft.takes?.map((other) => (other ? lastNames.get(other) : undefined) ?? IMAGES);
      const base: Layer = {
        name,
        origin: inRunFile(...draft.source),
        type: draft.type,
        ...draft.own,
        ...(taken && i === 0 && { inputs: taken }),
      };
      if (!isWeightedDraft(draft)) return base;
      const isLast = (draft === lastWeighted || draft.endsBranch) && i === draft.repeat - 1;
      const init = draft.init ?? network.init ?? 'he';
      const initOrigin = inRunFile(...(draft.initSource ?? (network.init ? ['network', 'init'] : draft.source)));
      const activation = toActivation(draft.activation ?? (isLast ? 'none' : (network.activation ?? 'relu')));
      const weighted = { bias: draft.bias, activation, init: toInit(init, network.init_scale), initOrigin };
      return { ...base, ...weighted };
    }),
  );
  return { layers, conflicts: [...conflicts, ...names.conflicts] };
}

const isWeightedDraft = ({ type }: Draft): boolean => kindOf({ type }).fans !== undefined;

/** The message about a name that another layer has. */
export const nameTaken = (name: string, other: SourcePath): string =>
  `\`${describePath(other)}\` already has the name \`${name}\`: layer names are unique.`;

/** Names layers in order of appearance: the number counts all layers of a kind, so naming one renames no other. */
class Names {
  readonly conflicts: Conflict[] = [];
  readonly #counts = new Map<string, number>();
  readonly #taken = new Map<string, SourcePath>();

  next(draft: Draft, repetition: number): string {
    const count = (this.#counts.get(draft.prefix) ?? 0) + 1;
    this.#counts.set(draft.prefix, count);
    const own = draft.repeat > 1 ? `${draft.name}${repetition + 1}` : draft.name;
    const name = draft.name === undefined ? `${draft.prefix}${count}` : (own ?? '');
    const other = this.#taken.get(name);
    if (other) {
      const path = draft.name === undefined ? [...draft.source, draft.type] : draft.namePath;
      this.conflicts.push({ path, message: nameTaken(name, other) });
    }
    this.#taken.set(name, draft.source);
    return name;
  }
}
