import { isCollection, isMap, isNode, isPair, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { SourcePath } from '../domain/origin.ts';
import type { Range } from './mistake.ts';

/** The positions of each key and value of a run file. Offsets are indices into `text`. */
export interface Positions {
  readonly text: string;
  /** The document's root node; null if there is none. */
  readonly root: Node | null;
  /** The key at the end of the path; for an item of a list, the item. Undefined if it is not written. */
  keyRange(path: SourcePath): Range | undefined;
  /** The value without its comment. Undefined if the key is not written or has no value. */
  valueRange(path: SourcePath): Range | undefined;
  /** Key and value together. Undefined if it is not written. */
  entryRange(path: SourcePath): Range | undefined;
  /** The key of the path or of its nearest written parent; else the file's first character. */
  nearestRange(path: SourcePath): Range;
  /** The offset of a line and column, both from 1; one past the end of a line or of the text is the end itself. */
  offset(line: number, column: number): number;
  /** The range from one offset to another. */
  range(start: number, end: number): Range;
}

/** A node of the document, and the pair it is the value of. */
export interface Found {
  readonly node: Node | null;
  readonly pair?: Pair;
}

/** The key of a pair as text; undefined for a key that is a list or mapping. */
export function keyText(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  // `null` and an absent key are both empty in the value: only the source distinguishes `~`, as the user sees it.
  return key.value === null ? (key.source ?? '') : String(key.value);
}

const valueNode = (value: unknown): Node | null => (isNode(value) ? value : null);

/** The first pair of a mapping with this key, or the item of a list. */
function child(node: Node | null, part: string | number): Found | undefined {
  if (isMap(node)) {
    const pair = node.items.find((item) => isPair(item) && keyText(item.key) === String(part));
    return pair && { node: valueNode(pair.value), pair };
  }
  if (isSeq(node) && typeof part === 'number' && part < node.items.length) return { node: valueNode(node.items[part]) };
  return undefined;
}

/** The node at a path, or undefined. */
export function find(root: Node | null, path: SourcePath): Found | undefined {
  let found: Found | undefined = { node: root };
  for (const part of path) {
    found = child(found.node, part);
    if (found === undefined) return undefined;
  }
  return found;
}

/** Start and end of a node without trailing blanks and comment; undefined for an omitted value. */
export function extent(node: Node | null): readonly [start: number, end: number] | undefined {
  if (!node?.range) return undefined;
  const [start, end] = node.range;
  if (isScalar(node) && start === end) return undefined;
  if (!isCollection(node) || node.flow) return [start, end];
  // A block collection's range includes blank lines and comments after it: it ends where its last item ends.
  const last = node.items.at(-1);
  const inner = isPair(last) ? (extent(valueNode(last.value)) ?? extent(valueNode(last.key))) : extent(valueNode(last));
  return [start, inner ? inner[1] : end];
}

/** Offsets at which lines start. \n, \r\n and a lone \r end a line, as editors count. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || (code === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1);
  }
  return starts;
}

/** The ranges of a parsed document. */
export function positionsOf(text: string, root: Node | null): Positions {
  const starts = lineStarts(text);
  const place = (offset: number): { line: number; column: number } => {
    const bounded = Math.min(Math.max(offset, 0), text.length);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= bounded) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: bounded - (starts[low] ?? 0) + 1 };
  };
  const range = (start: number, end: number): Range => {
    const from = place(start);
    const to = place(Math.max(start, end));
    return { line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
  };
  const ofNode = (node: Node | null): Range | undefined => {
    const stretch = extent(node);
    return stretch && range(...stretch);
  };
  const keyRange = (path: SourcePath): Range | undefined => {
    const found = find(root, path);
    return found && ofNode(found.pair ? valueNode(found.pair.key) : found.node);
  };
  return {
    text,
    root,
    keyRange,
    range,
    offset: (line, column) => {
      const start = starts[line - 1];
      if (start === undefined) return line < 1 ? 0 : text.length;
      const next = starts[line] ?? text.length + 1;
      return Math.min(start + Math.max(column, 1) - 1, next - 1, text.length);
    },
    valueRange: (path) => ofNode(find(root, path)?.node ?? null),
    entryRange: (path) => {
      const found = find(root, path);
      const value = found && extent(found.node);
      const key = found?.pair && extent(valueNode(found.pair.key));
      const start = (key ?? value)?.[0];
      const end = (value ?? key)?.[1];
      return start === undefined || end === undefined ? undefined : range(start, end);
    },
    nearestRange: (path) => {
      for (let length = path.length; length > 0; length--) {
        const written = keyRange(path.slice(0, length));
        if (written) return written;
      }
      return range(0, Math.min(1, text.length));
    },
  };
}
