import { type FoldingRange, FoldingRangeKind } from 'vscode-languageserver';
import { isCollection, isPair, type Node } from 'yaml';
import { extent, lineStarts, type Positions } from '../run-file/positions.ts';

/** What can be folded: every section, list and layer of several lines, and runs of comment lines. */
export function foldsOf(positions: Positions): FoldingRange[] {
  const folds = new Map<number, FoldingRange>();
  const add = (startLine: number, endLine: number, kind?: FoldingRangeKind): void => {
    // Of two that start on the same line, an editor can fold only one: the larger.
    if (endLine <= startLine || (folds.get(startLine)?.endLine ?? -1) >= endLine) return;
    folds.set(startLine, { startLine, endLine, ...(kind && { kind }) });
  };
  const visit = (node: Node | null, from?: Node | null): void => {
    const stretch = extent(node);
    if (!stretch || !isCollection(node)) return;
    const start = extent(from ?? null)?.[0] ?? stretch[0];
    const { line, endLine } = positions.range(start, stretch[1]);
    // Without its key, the whole file or an item of a list.
    if (from !== undefined || node !== positions.root) add(line - 1, endLine - 1);
    for (const item of node.items) {
      if (isPair(item)) visit(item.value as Node | null, item.key as Node | null);
      else visit(item as Node | null);
    }
  };
  visit(positions.root);
  for (const [first, last] of commentBlocks(positions.text)) add(first, last, FoldingRangeKind.Comment);
  return [...folds.values()].toSorted((a, b) => a.startLine - b.startLine);
}

/** First and last line of each run of lines with only comments. */
function commentBlocks(text: string): [first: number, last: number][] {
  const starts = lineStarts(text);
  const blocks: [number, number][] = [];
  for (const [line, start] of starts.entries()) {
    if (!/^[ \t]*#/.test(text.slice(start, starts[line + 1] ?? text.length))) continue;
    const block = blocks.at(-1);
    if (block?.[1] === line - 1) block[1] = line;
    else blocks.push([line, line]);
  }
  return blocks;
}
