import { isMap, isPair, isScalar, isSeq, type Node } from 'yaml';
import type { SourcePath } from '../domain/origin.ts';
import { extent, keyText } from '../run-file/positions.ts';

/** What is under a cursor. */
export interface Place {
  /** Ends with the key, or with the item of a list. */
  readonly path: SourcePath;
  /** Whether the cursor is on the key or on a word or number that is the value. */
  readonly part: 'key' | 'value';
  /** The key or value itself: offsets. */
  readonly start: number;
  readonly end: number;
}

/** The key or plain value that an offset touches; undefined between them. */
export function placeAt(root: Node | null, offset: number): Place | undefined {
  return visit(root, [], offset);
}

const touches = (node: Node | null, offset: number): readonly [start: number, end: number] | undefined => {
  const stretch = extent(node);
  return stretch && stretch[0] <= offset && offset <= stretch[1] ? stretch : undefined;
};

function visit(node: Node | null, path: SourcePath, offset: number): Place | undefined {
  const stretch = touches(node, offset);
  if (!stretch) return undefined;
  if (isMap(node)) {
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const key = pair.key as Node | null;
      const inner = [...path, keyText(key) ?? ''];
      const onKey = touches(key, offset);
      if (onKey) return { path: inner, part: 'key', start: onKey[0], end: onKey[1] };
      const onValue = visit(pair.value as Node | null, inner, offset);
      if (onValue) return onValue;
    }
    return undefined;
  }
  if (isSeq(node)) {
    for (const [i, item] of node.items.entries()) {
      const found = visit(item as Node | null, [...path, i], offset);
      if (found) return found;
    }
    return undefined;
  }
  return isScalar(node) && path.length > 0 ? { path, part: 'value', start: stretch[0], end: stretch[1] } : undefined;
}
