import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver';
import { isMap, isPair, isScalar, type Node } from 'yaml';
import type { Checked } from '../run-file/check.ts';
import { keyText, type Positions } from '../run-file/positions.ts';
import { type LayerEntry, layerEntries, namesOf } from './layer-entry.ts';
import { shapeText } from './numbers.ts';
import { toLspRange } from './ranges.ts';

/** The outline: sections with their keys, the network's layers with their shapes. */
export function symbolsOf({ runFile, checked }: Checked): DocumentSymbol[] {
  const { positions } = runFile;
  const entries = new Map((checked ? layerEntries(checked) : []).map((entry) => [entry.path.join('.'), entry]));
  return keySymbols(positions.root, [], { positions, entries });
}

interface Outline {
  readonly positions: Positions;
  readonly entries: ReadonlyMap<string, LayerEntry>;
}

/** The keys of a mapping; sections have their own beneath them, one level deep. */
function keySymbols(node: Node | null, path: readonly string[], outline: Outline): DocumentSymbol[] {
  if (!isMap(node)) return [];
  return node.items.flatMap((pair) => {
    const key = isPair(pair) ? keyText(pair.key) : undefined;
    if (key === undefined || key === '') return [];
    const value = pair.value as Node | null;
    const own = [...path, key];
    const isLayers = own.join('.') === 'network.layers';
    const children = isLayers ? layerSymbols(outline) : path.length === 0 ? keySymbols(value, own, outline) : [];
    const kind = isMap(value) || isLayers ? SymbolKind.Namespace : SymbolKind.Property;
    const detail = isScalar(value) ? String(value.value ?? '') : '';
    return symbol(outline.positions, own, { name: key, detail, kind, children });
  });
}

const layerSymbols = ({ positions, entries }: Outline): DocumentSymbol[] =>
  [...entries.values()].flatMap((entry) => {
    if (entry.path[1] !== 'layers') return [];
    const { placed } = entry.layers.at(-1) ?? entry.layers[0];
    const detail = `${placed.layer.type} → ${shapeText(placed.output)}`;
    return symbol(positions, entry.path, { name: namesOf(entry), detail, kind: SymbolKind.Class, children: [] });
  });

function symbol(
  positions: Positions,
  path: LayerEntry['path'],
  rest: Pick<DocumentSymbol, 'name' | 'detail' | 'kind' | 'children'>,
): DocumentSymbol[] {
  const entry = positions.entryRange(path);
  const key = positions.keyRange(path);
  if (!entry || !key) return [];
  const range = toLspRange(entry);
  // Clients refuse a symbol whose name is outside its range, or spans lines, as that of a list's item would.
  const start = toLspRange(key);
  const selectionRange = start.start.line === start.end.line ? start : { start: range.start, end: range.start };
  return [{ ...rest, range, selectionRange }];
}
