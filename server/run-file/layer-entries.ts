/** From the entries of `network.layers` to drafts of layers: settings gathered, blocks written out; no names yet, no defaults. */
import { kindOf } from '../domain/layers/kinds.ts';
import type { ActivationInput, InitInput } from '../domain/layers/weighted-settings.ts';
import type { SourcePath } from '../domain/origin.ts';
import { type EntryKind, entryKinds, type LayerInput } from './layer-schema.ts';
import { type Conflict, describePath } from './mistake.ts';

/** One entry that makes layers, before repeats, names and defaults. */
export interface Draft {
  readonly type: string;
  /** The fields that only layers of its kind have. */
  readonly own: object;
  readonly prefix: string;
  readonly source: SourcePath;
  readonly repeat: number;
  readonly name?: string;
  readonly namePath: SourcePath;
  readonly activation?: ActivationInput;
  readonly init?: InitInput;
  readonly initSource?: SourcePath;
  readonly bias: boolean;
  /** The last weighted layer of a branch: its output is added, and not rectified. */
  endsBranch?: boolean;
  /** The drafts whose last layers it takes as input, the images if undefined; absent: the previous one. */
  readonly takes?: readonly (Draft | undefined)[];
  readonly conflicts: readonly Conflict[];
}

/** The place of the `i`-th entry of a list. */
export type Place = (indices: readonly number[]) => SourcePath;

/** What every kind's settings may have, as the schema has checked them. */
interface Settings {
  readonly repeat?: number;
  readonly name?: string;
  readonly activation?: ActivationInput;
  readonly init?: InitInput;
  readonly bias?: boolean;
}

/** The parts of an entry: its kind, and its settings wherever they are written. */
interface Entry {
  readonly kind: EntryKind;
  readonly settings: Settings & Readonly<Record<string, unknown>>;
  readonly source: SourcePath;
  readonly pathOf: (key: string) => SourcePath;
  readonly conflicts: readonly Conflict[];
}

/** How many drafts may still be expanded: nested blocks would otherwise give the product of their repeats. */
interface Budget {
  left: number;
}

interface Reading {
  readonly place: Place;
  readonly budget: Budget;
  /** The input of the first entry; absent: the images. */
  readonly before?: Draft | undefined;
}

/** Drafts of a list's entries, in the order in which they are computed; truncated if there are too many. */
export function readEntries(entries: readonly LayerInput[], { place, budget, before }: Reading): Draft[] {
  const drafts: Draft[] = [];
  for (const [i, written] of entries.entries()) {
    if (budget.left-- <= 0) break;
    const entry = takeApart(written, place([i]));
    if (entry.kind.composite) drafts.push(...blocks(entry, drafts.at(-1) ?? before, budget));
    else drafts.push(draftOf(entry));
  }
  return drafts;
}

function takeApart(written: LayerInput, source: SourcePath): Entry {
  const beside: Record<string, unknown> = typeof written === 'string' ? { [written]: {} } : { ...written };
  const kind = entryKinds.find(({ type }) => type in beside);
  if (!kind) throw new Error(`no kind of layer in ${JSON.stringify(written)}`);
  const { type } = kind;
  const inner = beside[type];
  const isMapping = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
  const { short } = kind.written;
  const inside: Readonly<Record<string, unknown>> = isMapping
    ? { ...inner }
    : short === undefined
      ? {}
      : { [short]: inner };
  delete beside[type];
  const conflicts = Object.keys(beside)
    .filter((key) => key in inside)
    .map((key) => ({
      path: [...source, key],
      message: `\`${key}\` is written twice, here and in \`${describePath([...source, type])}\`: keep one.`,
    }));
  const pathOf = (key: string): SourcePath => (key in beside ? [...source, key] : [...source, type, key]);
  return { kind, settings: { ...inside, ...beside }, source, pathOf, conflicts };
}

function draftOf({ kind: { type, written }, settings, source, pathOf, conflicts }: Entry): Draft {
  const { repeat = 1, name, activation, init, bias = true } = settings;
  return {
    type,
    own: kindOf({ type }).read(settings),
    prefix: written.prefix,
    source,
    repeat,
    namePath: pathOf('name'),
    bias,
    conflicts,
    ...(name === undefined ? {} : { name }),
    ...(activation === undefined ? {} : { activation }),
    ...(init === undefined ? {} : { init, initSource: pathOf('init') }),
  };
}

/** An entry's blocks, one after the other: a branch, its shortcut, and their sum. `before`: the input of the first block. */
function blocks(entry: Entry, before: Draft | undefined, budget: Budget): Draft[] {
  const { kind, settings, source } = entry;
  const { composite, written } = kind;
  if (!composite) return [];
  const drafts: Draft[] = [];
  const inBranch: Place = (indices) => [...source, kind.type, composite.branch, ...indices];
  let input = before;
  for (let i = 0; i < (settings.repeat ?? 1) && budget.left > 0; i++) {
    const branch = readEntries(settings[composite.branch] as readonly LayerInput[], {
      place: inBranch,
      budget,
      before: input,
    });
    const end = branch.findLast(({ type }) => kindOf({ type }).fans !== undefined);
    if (end) end.endsBranch = true;
    const joined = composite.join(settings, branch);
    const [first, ...rest] = readEntries(joined.shortcut as LayerInput[], { place: () => source, budget });
    const shortcut = first ? [{ ...first, takes: [input] }, ...rest] : [];
    const sum: Draft = {
      type: 'sum',
      own: joined.sum,
      prefix: written.prefix,
      source,
      repeat: 1,
      namePath: entry.pathOf('name'),
      bias: false,
      takes: [branch.at(-1), shortcut.at(-1) ?? input],
      conflicts: i === 0 ? entry.conflicts : [],
      ...(settings.name === undefined ? {} : { name: i === 0 ? settings.name : `${settings.name}${i + 1}` }),
    };
    drafts.push(...branch, ...shortcut, sum);
    input = sum;
  }
  return drafts;
}
