/** Entries of `network.layers` as a run file writes them: the definitions of all kinds of layers, combined. */
import { z } from 'zod';
import { compositeKinds, layerKinds } from '../domain/layers/kinds.ts';
import type { CompositeKind, WrittenKind } from '../domain/layers/layer-kind.ts';
import { documented, expectations } from '../domain/settings/fields.ts';

/** A kind that an entry can be. */
export interface EntryKind {
  readonly type: string;
  readonly written: WrittenKind;
  /** Set where the entry holds entries. */
  readonly composite?: CompositeKind;
}

/** Kinds that documents and editors offer. */
const offered: readonly EntryKind[] = layerKinds.flatMap(({ type, written }) => (written ? [{ type, written }] : []));

/** Every kind that an entry can be. Composite ones are not offered until the rules are calibrated on such networks. */
export const entryKinds: readonly EntryKind[] = [
  ...offered,
  ...compositeKinds.map((composite) => ({ type: composite.type, written: composite.written, composite })),
];

/** Branches of the layer schema that neither documents nor editors offer. */
export const notOffered = new WeakSet<z.ZodType>();

/** The value after a kind's colon: its settings, or the shorthand for one of them. */
function settingsOf({ written, composite }: EntryKind): z.ZodType {
  const { settings, beside, short, description } = written;
  const branch = composite ? { [composite.branch]: z.array(z.lazy(() => layerSchema)).min(1) } : {};
  const mapping = z.strictObject({ ...branch, ...settings, ...beside });
  const value = short === undefined ? undefined : settings[short];
  if (!value) return documented(mapping, { description });
  const expected = expectations.get(value)?.expected;
  const either = documented(z.union([value, mapping]), { description });
  return expected === undefined ? either : either.register(expectations, { expected });
}

function entryOf(kind: EntryKind): z.ZodType {
  const entry = z.strictObject({ [kind.type]: settingsOf(kind), ...kind.written.beside });
  if (!offered.includes(kind)) notOffered.add(entry);
  return entry;
}

const words = (kinds: readonly EntryKind[]): string => {
  const names = kinds.map(({ type }) => `\`${type}\``);
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
};

/** One entry of `network.layers`: its kind with its settings, and the keys that any layer may have. */
export const layerSchema: z.ZodType<LayerInput> = z
  .union([
    z.enum(offered.filter(({ written }) => written.alone).map(({ type }) => type)),
    ...entryKinds.map(entryOf),
  ] as [z.ZodType, ...z.ZodType[]])
  .meta({ id: 'layer' })
  .register(expectations, {
    expected: `a layer: ${words(offered)}, such as \`conv: {filters: 16, kernel: 3}\``,
  }) as z.ZodType as z.ZodType<LayerInput>;

/** A kind alone, or a mapping with the kind as one of its keys. */
export type LayerInput = string | Readonly<Record<string, unknown>>;
