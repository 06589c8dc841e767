import { isMap, isPair, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { SourcePath } from '../domain/origin.ts';
import type { FileEdit } from '../protocol/events.ts';
import { extent, find, keyText, type Positions } from './positions.ts';
import { schemaAt } from './schema-path.ts';

/**
 * Changes of a run file as edits of its text: everything else, including comments and the user's layout, stays as it
 * is. Edits of one call do not overlap; apply them to the text that the positions were made of.
 */

/** Replace `start`…`end` (offsets) by a text. */
function edit(positions: Positions, start: number, { end = start, text }: { end?: number; text: string }): FileEdit {
  const { line, column, endLine, endColumn } = positions.range(start, end);
  return { line, column, end_line: endLine, end_column: endColumn, text };
}

const nodeOf = (value: unknown): Node | null => (value as Node | null | undefined) ?? null;

const newline = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

const lineEnd = (text: string, offset: number): number => {
  const end = /[\r\n]/.exec(text.slice(offset));
  return end ? offset + end.index : text.length;
};

const lineStart = (text: string, offset: number): number => /[^\r\n]*$/.exec(text.slice(0, offset))?.index ?? 0;

/** The offset after the line break at an offset. */
const afterBreak = (text: string, offset: number): number =>
  offset + (/^(?:\r\n|\r|\n)/.exec(text.slice(offset))?.[0].length ?? 0);

const stretchOf = (pair: Pair): { start: number; end: number } | undefined => {
  const key = extent(nodeOf(pair.key));
  const value = extent(nodeOf(pair.value));
  return key && { start: key[0], end: value?.[1] ?? key[1] };
};

/**
 * Set the value at a path to `yamlText`, one line of YAML. A key that is not written is added where its section is, or
 * with its section; in the order of the schema. Empty if the path leads into a list item that does not exist.
 */
export function setValueEdit(positions: Positions, path: SourcePath, yamlText: string): FileEdit[] {
  const found = find(positions.root, path);
  if (found) return replaceValue(positions, found, yamlText);
  const key = path.at(-1);
  const parentPath = path.slice(0, -1);
  if (key === undefined || typeof key === 'number') return [];
  if (positions.root === null) {
    const at = positions.text.length;
    return [
      edit(positions, at, { text: `${parentPath.length > 0 ? nested(path, yamlText) : `${key}: ${yamlText}`}\n` }),
    ];
  }
  const parent = find(positions.root, parentPath);
  if (parent && isMap(parent.node)) return addKey(positions, parent.node, { path, yamlText });
  if (parent && isSeq(parent.node)) return [];
  // The section is missing, or is a plain word such as `he`: it becomes a mapping with this one key.
  return setValueEdit(positions, parentPath, `{${key}: ${yamlText}}`);
}

/** `train: {momentum: 0}` for a path of two keys. */
const nested = (path: SourcePath, yamlText: string): string => {
  const [first, ...rest] = path;
  return `${first}: ${rest.reduceRight<string>((text, key) => `{${key}: ${text}}`, yamlText)}`;
};

function replaceValue(positions: Positions, found: { node: Node | null; pair?: Pair }, yamlText: string): FileEdit[] {
  const value = extent(found.node);
  const key = found.pair && extent(nodeOf(found.pair.key));
  const { text } = positions;
  if (value && key) {
    // A block below its key moves up to it, unless there is a comment between them.
    const between = text.slice(key[1], value[0]);
    const start = /^\s*:\s*$/.test(between) && /[\r\n]/.test(between) ? key[1] : value[0];
    return [edit(positions, start, { end: value[1], text: start === value[0] ? yamlText : `: ${yamlText}` })];
  }
  if (value) return [edit(positions, value[0], { end: value[1], text: yamlText })];
  if (!key) return [];
  const colon = /^\s*:/.exec(text.slice(key[1]))?.[0].length;
  const at = key[1] + (colon ?? 0);
  return [edit(positions, at, { text: colon ? ` ${yamlText}` : `: ${yamlText}` })];
}

function addKey(
  positions: Positions,
  map: YAMLMap,
  { path, yamlText }: { path: SourcePath; yamlText: string },
): FileEdit[] {
  const key = String(path.at(-1));
  const pairs = map.items.filter((pair) => isPair(pair));
  const entry = `${key}: ${yamlText}`;
  const before = pairs.findLast((pair) => precedes(keyText(pair.key) ?? '', { key, path }));
  const stretch = before && stretchOf(before);
  const [first] = pairs;
  const firstStretch = first && stretchOf(first);
  if (map.flow) {
    if (stretch) return [edit(positions, stretch.end, { text: `, ${entry}` })];
    if (firstStretch) return [edit(positions, firstStretch.start, { text: `${entry}, ` })];
    return map.range ? [edit(positions, map.range[0] + 1, { text: entry })] : [];
  }
  if (!firstStretch) return [];
  const { text } = positions;
  const column = positions.range(firstStretch.start, firstStretch.start).column - 1;
  const indent = ' '.repeat(column);
  if (stretch) return [edit(positions, lineEnd(text, stretch.end), { text: `${newline(text)}${indent}${entry}` })];
  return [edit(positions, firstStretch.start, { text: `${entry}${newline(text)}${indent}` })];
}

/** Whether a written key precedes another in the schema; an unknown key counts as preceding. */
function precedes(written: string, { key, path }: { key: string; path: SourcePath }): boolean {
  const order = schemaAt(path.slice(0, -1))?.keys ?? [];
  const place = order.indexOf(key);
  return place < 0 || order.indexOf(written) < place;
}

/**
 * Remove the entry at a path, with its line if it is alone on it, and the mapping if it held nothing else.
 * Empty if nothing is written at the path.
 */
export function removeKeyEdit(positions: Positions, path: SourcePath): FileEdit[] {
  const parentPath = path.slice(0, -1);
  const parent = find(positions.root, parentPath)?.node ?? null;
  const found = find(positions.root, path);
  if (!found || !(isMap(parent) || isSeq(parent))) return [];
  const items = parent.items.map((item) => (isPair(item) ? stretchOf(item) : asStretch(extent(nodeOf(item)))));
  const index = isMap(parent) && found.pair ? parent.items.indexOf(found.pair) : Number(path.at(-1));
  const own = items[index];
  if (!own) return [];
  if (items.length === 1 && parentPath.length > 0) return removeKeyEdit(positions, parentPath);
  const next = items[index + 1];
  const previous = items[index - 1];
  const remove = (start: number, end: number): FileEdit[] => [edit(positions, start, { end, text: '' })];
  if (parent.flow) {
    if (next) return remove(own.start, next.start);
    return remove(previous ? previous.end : own.start, own.end);
  }
  const { text } = positions;
  const start = lineStart(text, own.start);
  const lead = text.slice(start, own.start);
  // The first key of `- key: …` shares its line with the dash, which the next key takes over.
  if (isMap(parent) && lead.trim() !== '') return next ? remove(own.start, next.start) : remove(own.start, own.end);
  const end = lineEnd(text, own.end);
  if (end < text.length) return remove(start, afterBreak(text, end));
  const break_ = /(?:\r\n|\r|\n)$/.exec(text.slice(0, start));
  return remove(break_ ? break_.index : start, end);
}

const asStretch = (stretch: readonly [number, number] | undefined) => stretch && { start: stretch[0], end: stretch[1] };

/** A text after edits that do not overlap, whatever their order. */
export function applyEdits(positions: Positions, edits: readonly FileEdit[]): string {
  const placed = edits.map(({ line, column, end_line, end_column, text: replacement }) => ({
    start: positions.offset(line, column),
    end: positions.offset(end_line, end_column),
    replacement,
  }));
  let result = positions.text;
  for (const { start, end, replacement } of placed.toSorted((a, b) => b.start - a.start)) {
    result = result.slice(0, start) + replacement + result.slice(end);
  }
  return result;
}
