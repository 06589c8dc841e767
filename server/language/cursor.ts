import { isMap, isPair, isScalar, isSeq, type Node } from 'yaml';
import type { SourcePath } from '../domain/origin.ts';
import { parseDocument } from '../run-file/document.ts';
import { keyText } from '../run-file/positions.ts';

/** The position of a cursor in the structure, also in unfinished text. */
export interface Cursor {
  /** The mapping in which a key is being written, the key whose value is, or the item of a list. */
  readonly path: SourcePath;
  readonly role: 'key' | 'value';
  /** Keys that already exist in the same mapping. */
  readonly siblings: readonly string[];
  /** The word that the cursor is in: offsets. */
  readonly start: number;
  readonly end: number;
  /** For a value: its part before the word, and the offsets of all of it, including quotes. */
  readonly value?: { readonly before: string; readonly start: number; readonly end: number };
  /** Whether a colon follows the word. */
  readonly hasColon: boolean;
  /** Whether the word is the first on its line, dashes apart. */
  readonly startsLine: boolean;
}

/** A word that no run file contains; only letters, so that it is a plain scalar anywhere. */
const marker = 'rectiscopecursor';

/**
 * Finds the cursor's position in the structure: its word is replaced by a marker, the text is parsed, however broken, and the tree
 * is searched for the marker. Undefined in a comment, and if the parser drops the marker.
 */
export function cursorAt(text: string, offset: number): Cursor | undefined {
  const start = offset - (/[\w.-]*$/.exec(text.slice(0, offset))?.[0].length ?? 0);
  const end = offset + (/^[\w.-]*/.exec(text.slice(offset))?.[0].length ?? 0);
  const line = /[^\r\n]*$/.exec(text.slice(0, start))?.[0] ?? '';
  if (/(?:^|\s)#/.test(line)) return undefined;
  const hasColon = /^[ \t]*:(?:\s|$)/.test(text.slice(end));
  const startsLine = /^[\s-]*$/.test(line);
  // In a block, an unfinished key is read as a key if its colon is there.
  const word = startsLine && !hasColon ? `${marker}: ` : marker;
  const { positions } = parseDocument(text.slice(0, start) + word + text.slice(end));
  const found = search(positions.root, []);
  if (!found) return undefined;
  const { value, ...rest } = found;
  // The marker replaces the word: what follows it has moved.
  const moved = word.length - (end - start);
  return {
    ...rest,
    ...(value && { value: { ...value, end: value.end - moved } }),
    start,
    end,
    hasColon,
    startsLine,
  };
}

type Found = Pick<Cursor, 'path' | 'role' | 'siblings' | 'value'>;

const isMarker = (node: unknown): boolean => isScalar(node) && node.value === marker;

function search(node: Node | null, path: SourcePath): Found | undefined {
  const [before, after] = isScalar(node) && typeof node.value === 'string' ? node.value.split(marker) : [];
  if (before !== undefined && after !== undefined) {
    const [start = 0, end = 0] = node?.range ?? [];
    return { path, role: 'value', siblings: [], value: { before, start, end } };
  }
  if (isMap(node)) {
    const keys = node.items.map((pair) => keyText(pair.key) ?? '');
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      if (isMarker(pair.key))
        return { path, role: 'key', siblings: keys.filter((key) => key !== marker && key !== '') };
      const found = search(pair.value as Node | null, [...path, keyText(pair.key) ?? '']);
      if (found) return found;
    }
  }
  if (isSeq(node)) {
    for (const [i, item] of node.items.entries()) {
      const found = search(item as Node | null, [...path, i]);
      if (found) return found;
    }
  }
  return undefined;
}
