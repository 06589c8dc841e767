import type { Position, SelectionRange } from 'vscode-languageserver';
import { isCollection, isPair, type Node } from 'yaml';
import { extent, type Positions } from '../run-file/positions.ts';
import { toLspRange } from './ranges.ts';

/** The steps of *Expand Selection* from a cursor: the word, its entry, the section, …, the file. */
export function selectionAt(positions: Positions, { line, character }: Position): SelectionRange {
  const offset = positions.offset(line + 1, character + 1);
  const stretches: (readonly [number, number])[] = [[0, positions.text.length]];
  const enter = (start: number | undefined, end: number | undefined): boolean => {
    if (start === undefined || end === undefined || offset < start || offset > end) return false;
    const last = stretches.at(-1);
    if (last?.[0] !== start || last[1] !== end) stretches.push([start, end]);
    return true;
  };
  const visit = (node: Node | null): void => {
    const stretch = extent(node);
    if (!enter(stretch?.[0], stretch?.[1]) || !isCollection(node)) return;
    for (const item of node.items) {
      if (!isPair(item)) {
        visit(item as Node | null);
        continue;
      }
      const key = item.key as Node | null;
      const value = item.value as Node | null;
      const ofKey = extent(key);
      if (!enter(ofKey?.[0], (extent(value) ?? ofKey)?.[1])) continue;
      visit(key);
      visit(value);
    }
  };
  visit(positions.root);
  const toRange = ([start, end]: readonly [number, number]) => toLspRange(positions.range(start, end));
  const [file = [0, 0] as const, ...inner] = stretches;
  return inner.reduce<SelectionRange>((parent, stretch) => ({ range: toRange(stretch), parent }), {
    range: toRange(file),
  });
}
