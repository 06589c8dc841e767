import type { Activation, ConvLayer, DenseLayer, Initialization, Layer } from '../domain/config.ts';
import { type PresetName, presetClasses, presetLayers } from '../domain/network/presets.ts';
import { inRunFile, type SourcePath } from '../domain/origin.ts';
import { type ActivationInput, type InitInput, type LayerInput, layerKinds } from './layer-schema.ts';
import { describePath } from './mistake.ts';
import type { RunFileInput } from './schema.ts';

/** A thing that is wrong between keys, each of which is right by itself. */
export interface Conflict {
  readonly path: SourcePath;
  readonly message: string;
}

export type NetworkInput = RunFileInput['network'];

/** A network of more layers is a slip of `repeat`. */
const mostLayers = 1000;

/** Paper, section 1: the learned slope starts at 0.25. A leaky rectifier's customary slope is 0.01. */
function toActivation(written: ActivationInput): Activation {
  if (written === 'prelu') return { kind: 'prelu', share: 'channel', slope: 0.25 };
  if (written === 'leaky_relu') return { kind: 'leaky_relu', slope: 0.01 };
  if (typeof written === 'string') return { kind: written };
  if ('leaky_relu' in written) return { kind: 'leaky_relu', slope: written.leaky_relu };
  return { kind: 'prelu', share: written.prelu.share ?? 'channel', slope: written.prelu.slope ?? 0.25 };
}

/** `scale`: the network's `init_scale`; weights from a file are taken as they are. */
function toInit(written: InitInput, scale = 1): Initialization {
  const scaled = scale === 1 ? {} : { scale };
  if (typeof written === 'string') return { kind: written, mode: 'fan_in', ...scaled };
  if ('he' in written) return { kind: 'he', mode: written.he, ...scaled };
  if ('xavier' in written) return { kind: 'xavier', mode: written.xavier, ...scaled };
  return 'gaussian' in written
    ? { kind: 'gaussian', std: written.gaussian, ...scaled }
    : { kind: 'from', file: written.from };
}

/** The layers of the network: repeats written out, named, each with its activation and initialisation. */
export function resolveLayers(network: NetworkInput): { layers: Layer[]; conflicts: Conflict[] } {
  const drafts = network.layers ? network.layers.map(readEntry) : presetDrafts(network.preset, network.classes);
  const conflicts = drafts.flatMap((draft) => draft.conflicts);
  const count = drafts.reduce((sum, draft) => sum + draft.repeat, 0);
  if (count > mostLayers) {
    const message = `A network has at most ${mostLayers} layers; these are ${count}. Lower a \`repeat\`.`;
    return { layers: [], conflicts: [...conflicts, { path: ['network', 'layers'], message }] };
  }
  const lastWeighted = drafts.findLast((draft) => draft.kind.type === 'conv' || draft.kind.type === 'dense');
  const names = new Names();
  const layers = drafts.flatMap((draft) =>
    Array.from({ length: draft.repeat }, (_, i): Layer => {
      const isLast = draft === lastWeighted && i === draft.repeat - 1;
      const base = { name: names.next(draft, i), origin: inRunFile(...draft.source) };
      const { kind } = draft;
      if (kind.type !== 'conv' && kind.type !== 'dense') return { ...base, ...kind };
      const init = draft.init ?? network.init ?? 'he';
      const initOrigin = inRunFile(...(draft.initSource ?? (network.init ? ['network', 'init'] : draft.source)));
      const activation = toActivation(draft.activation ?? (isLast ? 'none' : (network.activation ?? 'relu')));
      return { ...base, ...kind, bias: draft.bias, activation, init: toInit(init, network.init_scale), initOrigin };
    }),
  );
  return { layers, conflicts: [...conflicts, ...names.conflicts] };
}

type WithoutBase<L> = L extends ConvLayer | DenseLayer
  ? Omit<L, 'name' | 'origin' | 'activation' | 'init' | 'initOrigin' | 'bias'>
  : Omit<L, 'name' | 'origin'>;
type Kind = Layer extends infer L ? (L extends Layer ? WithoutBase<L> : never) : never;

/** One entry of the run file, before repeats, names and defaults. */
interface Draft {
  readonly kind: Kind;
  readonly source: SourcePath;
  readonly repeat: number;
  readonly name?: string;
  readonly namePath: SourcePath;
  readonly activation?: ActivationInput;
  readonly init?: InitInput;
  readonly initSource?: SourcePath;
  readonly bias: boolean;
  readonly conflicts: readonly Conflict[];
}

function readEntry(entry: LayerInput, index: number): Draft {
  const source: SourcePath = ['network', 'layers', index];
  const type = typeof entry === 'string' ? entry : (layerKinds.find((kind) => kind in entry) ?? 'global_average_pool');
  const beside: Record<string, unknown> = typeof entry === 'string' ? {} : { ...entry };
  const inner = beside[type];
  // A list is the short form of a pyramid; every other kind has a mapping of its settings.
  const inside: Record<string, unknown> = Array.isArray(inner) ? { bins: inner } : { ...(inner as object | undefined) };
  delete beside[type];
  const twice = Object.keys(beside).filter((key) => key in inside);
  const conflicts = twice.map((key) => {
    const path = [...source, key];
    return {
      path,
      message: `\`${key}\` is written twice, here and in \`${describePath([...source, type])}\`: keep one.`,
    };
  });
  const pathOf = (key: string): SourcePath => (key in beside ? [...source, key] : [...source, type, key]);
  // What belongs to any layer may stand in its settings or beside them; the schema has checked every value.
  const all = { ...inside, ...beside } as object as Settings;
  return {
    kind: kindOf(type, all),
    source,
    repeat: all.repeat ?? 1,
    namePath: pathOf('name'),
    bias: all.bias ?? true,
    conflicts,
    ...(all.name === undefined ? {} : { name: all.name }),
    ...(all.activation === undefined ? {} : { activation: all.activation }),
    ...(all.init === undefined ? {} : { init: all.init, initSource: pathOf('init') }),
  };
}

interface Settings {
  filters: number;
  kernel: number;
  stride?: number;
  padding?: 'same' | 'valid';
  units: number;
  dropout?: number;
  size: number;
  bins: number[];
  repeat?: number;
  name?: string;
  activation?: ActivationInput;
  init?: InitInput;
  bias?: boolean;
}

function kindOf(type: (typeof layerKinds)[number], all: Settings): Kind {
  switch (type) {
    case 'conv':
      return {
        type,
        filters: all.filters,
        kernel: all.kernel,
        stride: all.stride ?? 1,
        padding: all.padding ?? 'same',
      };
    case 'dense':
      return { type, units: all.units, dropout: all.dropout ?? 0 };
    case 'max_pool':
    case 'average_pool':
      return { type, size: all.size, stride: all.stride ?? all.size };
    case 'spp':
      return { type, bins: all.bins };
    case 'global_average_pool':
      return { type };
  }
}

function presetDrafts(preset: PresetName | undefined, classes: number | undefined): Draft[] {
  if (preset === undefined) return [];
  const source: SourcePath = ['network', 'preset'];
  return presetLayers[preset](classes ?? presetClasses).map((layer) => ({
    kind: layer.type === 'conv' ? { ...layer, padding: 'same' } : layer,
    source,
    repeat: 1,
    namePath: source,
    bias: true,
    conflicts: [],
  }));
}

/** What each kind is called where the user gives no name. */
const prefixes: Readonly<Record<Layer['type'], string>> = {
  conv: 'conv',
  dense: 'dense',
  max_pool: 'pool',
  average_pool: 'pool',
  spp: 'spp',
  global_average_pool: 'gap',
};

/** What is said of a name that another layer has. */
export const nameTaken = (name: string, other: SourcePath): string =>
  `The name \`${name}\` is already that of \`${describePath(other)}\`: layer names are unique.`;

/** Gives names in order of appearance: the number counts all layers of a kind, so naming one renames no other. */
class Names {
  readonly conflicts: Conflict[] = [];
  readonly #counts = new Map<string, number>();
  readonly #taken = new Map<string, SourcePath>();

  next(draft: Draft, repetition: number): string {
    const prefix = prefixes[draft.kind.type];
    const count = (this.#counts.get(prefix) ?? 0) + 1;
    this.#counts.set(prefix, count);
    const own = draft.repeat > 1 ? `${draft.name}${repetition + 1}` : draft.name;
    const name = draft.name === undefined ? `${prefix}${count}` : (own ?? '');
    const other = this.#taken.get(name);
    if (other) {
      const path = draft.name === undefined ? [...draft.source, draft.kind.type] : draft.namePath;
      this.conflicts.push({ path, message: nameTaken(name, other) });
    }
    this.#taken.set(name, draft.source);
    return name;
  }
}
