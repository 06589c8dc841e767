import { isAlias, isMap, isPair, isScalar, isSeq, type Node, type YAMLMap } from 'yaml';
import { z } from 'zod';
import type { SourcePath } from '../domain/origin.ts';
import { describePath, describeValue, listChoices, type Mistake, type Range, subject } from './mistake.ts';
import { nearest } from './nearest.ts';
import { extent, keyText, type Positions } from './positions.ts';
import { repaired } from './repair.ts';
import {
  branches,
  entriesOf,
  expectationOf,
  lengths,
  mappings,
  meantBy,
  membersOf,
  requiredKeys,
  unwrap,
  words,
} from './shape-of-schema.ts';
import { unknownKey } from './unknown-key.ts';

/** At most this many mistakes are listed; the rest of a file that is no run file at all is only counted. */
const mistakesListed = 100;

/** At most this many words are listed beside the nearest one; more (the rules) would only hide it. */
const wordsListed = 10;

/** One walk over a document: collects mistakes, reads positions. */
interface Walk {
  readonly positions: Positions;
  readonly mistakes: Mistake[];
  /** Schema of the whole file, to find where a misplaced key belongs. */
  readonly root: z.ZodObject;
  /** Total number of mistakes, also beyond the limit. */
  count: number;
}

/** A place in the document: its node, its path, and the node to report if there is none. */
interface Place {
  readonly node: Node | null;
  readonly path: SourcePath;
  readonly blame: () => Range;
}

/**
 * Compares a document with the schema. Gives the plain value (only valid if there are no mistakes) and every mistake:
 * unknown and duplicate keys, wrong types, values out of bounds, missing keys, what this release can't do.
 */
export function validate(schema: z.ZodObject, positions: Positions): { value: unknown; mistakes: Mistake[] } {
  const walk: Walk = { positions, mistakes: [], root: schema, count: 0 };
  const blame = () => positions.nearestRange([]);
  const value = visit(schema, { node: positions.root, path: [], blame }, walk);
  if (walk.count > mistakesListed) {
    walk.mistakes.push({ message: `… and ${walk.count - mistakesListed} more mistakes.`, range: blame() });
  }
  return { value, mistakes: walk.mistakes };
}

/** The mistakes of one value, given as a separate document, for a path of the run file. */
export function validateValue(
  schema: z.ZodType,
  positions: Positions,
  { path, root }: { path: SourcePath; root: z.ZodObject },
): Mistake[] {
  const walk: Walk = { positions, mistakes: [], root, count: 0 };
  visit(schema, { node: positions.root, path, blame: () => positions.range(0, positions.text.length) }, walk);
  return walk.mistakes;
}

function report(walk: Walk, mistake: () => Mistake): void {
  walk.count++;
  if (walk.count <= mistakesListed) walk.mistakes.push(mistake());
}

function visit(wrapped: z.ZodType, place: Place, walk: Walk): unknown {
  const schema = unwrap(wrapped);
  const { node } = place;
  // An alias is refused when the text is parsed; its target is not checked.
  if (isAlias(node)) return undefined;
  if (isMap(node)) return visitMapping(schema, node, place, walk);
  if (isSeq(node)) return visitList(schema, node.items as (Node | null)[], place, walk);
  return visitScalar(schema, isScalar(node) ? node.value : null, place, walk);
}

function mismatch(schema: z.ZodType, found: unknown, place: Place, walk: Walk): undefined {
  report(walk, () => {
    const range = walk.positions.valueRange(place.path) ?? place.blame();
    const near = repaired(schema, found);
    const hint = near ? ` Did you mean \`${near}\`?` : '';
    const choices = words(schema).length;
    const expected = near && choices > wordsListed ? `one of ${choices} words` : expectationOf(schema);
    const message = `${subject(place.path)}: expected ${expected}; found ${describeValue(found)}.${hint}`;
    return { message, range, path: place.path, ...(near ? { suggestion: near } : {}) };
  });
  return undefined;
}

function visitScalar(schema: z.ZodType, found: unknown, place: Place, walk: Walk): unknown {
  for (const branch of branches(schema)) {
    // `train:` with nothing under it, or `- global_average_pool:`, is an empty mapping.
    if (branch instanceof z.ZodObject && found === null && mappings(schema).length === 1) {
      return visitEntries(branch, [], place, walk);
    }
    if (!(branch instanceof z.ZodObject) && branch.safeParse(found).success) return found;
  }
  return mismatch(schema, found, place, walk);
}

function visitList(schema: z.ZodType, items: readonly (Node | null)[], place: Place, walk: Walk): unknown {
  const list = branches(schema).find((branch) => branch instanceof z.ZodArray || branch instanceof z.ZodTuple);
  if (!list) return mismatch(schema, [], place, walk);
  const values = items.map((node, i) => {
    const path = [...place.path, i];
    const item = list instanceof z.ZodTuple ? list.def.items[i] : (list as z.ZodArray).element;
    return (
      item &&
      visit(item as z.ZodType, { node, path, blame: () => walk.positions.keyRange(path) ?? place.blame() }, walk)
    );
  });
  // Its items have been checked; what remains is their number.
  const { least, most } = lengths(list);
  if (items.length < least || items.length > most) {
    report(walk, () => ({
      message: `${subject(place.path)}: expected ${expectationOf(schema)}; found a list of ${items.length}.`,
      range: walk.positions.valueRange(place.path) ?? place.blame(),
      path: place.path,
    }));
  }
  return values;
}

interface Entry {
  readonly key: string;
  readonly keyRange: () => Range;
  readonly node: Node | null;
}

function visitMapping(schema: z.ZodType, node: YAMLMap, place: Place, walk: Walk): unknown {
  const options = mappings(schema);
  if (options.length === 0) return mismatch(schema, {}, place, walk);
  const entries = readEntries(node, place, walk);
  const [first] = options;
  if (options.length === 1 && first) return visitEntries(first, entries, place, walk);
  // The required key of each mapping shows which of several is meant.
  const chosen = meantBy(
    options,
    entries.map(({ key }) => key),
  );
  const [meant, other] = chosen;
  if (!meant) return noneMeant(schema, options, entries, { place, walk });
  if (other) {
    const kinds = chosen.flatMap(requiredKeys).filter((key) => entries.some((entry) => entry.key === key));
    const extra = entries.find((entry) => entry.key === kinds[1]);
    const own = listChoices(kinds, 'and');
    const advice = place.path.at(-2) === 'layers' ? 'start the second with `- ` on a new line' : 'keep one of them';
    const message = `${subject(place.path)}: ${own} exclude each other; ${advice}.`;
    report(walk, () => ({ message, range: extra?.keyRange() ?? place.blame(), path: place.path }));
    return undefined;
  }
  return visitEntries(meant, entries, place, walk);
}

/** A mapping without a key that determines its kind. */
function noneMeant(
  schema: z.ZodType,
  options: readonly z.ZodObject[],
  entries: readonly Entry[],
  { place, walk }: { place: Place; walk: Walk },
): undefined {
  const kinds = options.flatMap(requiredKeys);
  const shared = new Set(options.flatMap((option) => entriesOf(option).map(([key]) => key)));
  const unknown = entries.find((entry) => !shared.has(entry.key));
  report(walk, () => {
    const near = unknown && nearest(unknown.key, kinds);
    const found = unknown ? describeValue(unknown.key) : entries.length > 0 ? 'none of them' : 'an empty mapping';
    const hint = near ? ` Did you mean \`${near}\`?` : '';
    return {
      message: `${subject(place.path)}: expected ${expectationOf(schema)}; found ${found}.${hint}`,
      range: unknown?.keyRange() ?? walk.positions.valueRange(place.path) ?? place.blame(),
      path: unknown ? [...place.path, unknown.key] : place.path,
      ...(near ? { suggestion: near } : {}),
    };
  });
  return undefined;
}

/** The entries of a mapping whose keys are plain; other keys and duplicates are reported. */
function readEntries(node: YAMLMap, place: Place, walk: Walk): Entry[] {
  const seen = new Map<string, Entry>();
  for (const pair of node.items) {
    if (!isPair(pair)) continue;
    const keyNode = pair.key as Node | null;
    const stretch = extent(keyNode);
    const keyRange = (): Range => (stretch ? walk.positions.range(...stretch) : place.blame());
    const key = keyText(keyNode);
    const before = key === undefined ? undefined : seen.get(key);
    if (key === undefined || key === '') {
      report(walk, () => ({
        message: `${subject(place.path)}: expected a plain key such as \`name\`.`,
        range: keyRange(),
        path: place.path,
      }));
    } else if (before) {
      report(walk, () => ({
        message: `The key ${describeValue(key)} is already on line ${before.keyRange().line}: keep one of the two.`,
        range: keyRange(),
        path: [...place.path, key],
        breaksYaml: true,
      }));
    } else {
      seen.set(key, { key, keyRange, node: pair.value as Node | null });
    }
  }
  return [...seen.values()];
}

function visitEntries(schema: z.ZodObject, entries: readonly Entry[], place: Place, walk: Walk): unknown {
  const known = membersOf(schema);
  const value: Record<string, unknown> = {};
  for (const { key, keyRange, node } of entries) {
    const path = [...place.path, key];
    const member = known.get(key);
    if (member) value[key] = visit(member, { node, path, blame: keyRange }, walk);
    else report(walk, () => unknownKey(key, { path, keyRange: keyRange(), valid: [...known.keys()], root: walk.root }));
  }
  for (const key of requiredKeys(schema)) {
    // A mistyped key has been reported as such.
    const isSlip = (entry: Entry): boolean => !known.has(entry.key) && nearest(entry.key, [...known.keys()]) === key;
    if (key in value || entries.slice(0, mistakesListed).some(isSlip)) continue;
    report(walk, () => {
      const member = known.get(key);
      const where = place.path.length === 0 ? '' : ` in \`${describePath(place.path)}\``;
      const expected = member ? `: ${expectationOf(unwrap(member))}` : '';
      return {
        message: `Expected the key \`${key}\`${where}${expected}; it is missing.`,
        range: place.blame(),
        path: place.path,
      };
    });
  }
  return value;
}
