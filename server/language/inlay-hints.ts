import { type InlayHint, MarkupKind, type Range } from 'vscode-languageserver';
import { PREDICTED } from '../protocol/hints.ts';
import type { Checked } from '../run-file/check.ts';
import type { Positions } from '../run-file/positions.ts';
import { gradientFactor, type LayerEntry, layerEntries } from './layer-entry.ts';
import { describeEntry } from './layer-hover.ts';
import { shapeText, share } from './numbers.ts';
import type { HintSettings } from './settings.ts';

/** Within these bounds a gradient is as good as He's: a hint would be noise. Far inside the rules' limits (0.03 and 30). */
const unremarkable = { least: 0.5, most: 2 };

/**
 * After each layer of a range: its output shape, and how much of He's gradient reaches it. Short: VS Code truncates the hints of a
 * line at 43 letters in total.
 */
export function inlayHintsIn({ runFile, checked }: Checked, range: Range, settings: HintSettings): InlayHint[] {
  if (!checked) return [];
  return layerEntries(checked).flatMap((entry) => {
    const position = hintPosition(entry.path, runFile.positions);
    if (!position || position.line < range.start.line || position.line > range.end.line) return [];
    const value = describeEntry(entry);
    const hint = (label: string): InlayHint => ({
      position,
      label,
      paddingLeft: true,
      tooltip: { kind: MarkupKind.Markdown, value },
    });
    return [
      ...(settings.shape ? [hint(shapeHint(entry))] : []),
      ...(settings.gradient === 'off' ? [] : gradientHint(entry, settings.gradient === 'always')).map((label) => ({
        ...hint(label),
        data: PREDICTED,
      })),
    ];
  });
}

/** Behind an entry on one line, else behind its first line; before a comment. */
function hintPosition(path: LayerEntry['path'], positions: Positions): InlayHint['position'] | undefined {
  const entry = positions.entryRange(path);
  if (!entry) return undefined;
  if (entry.line === entry.endLine) return { line: entry.line - 1, character: entry.endColumn - 1 };
  const start = positions.offset(entry.line, 1);
  const text = /^[^\r\n]*/.exec(positions.text.slice(start))?.[0] ?? '';
  return { line: entry.line - 1, character: text.replace(/\s#.*$/, '').trimEnd().length };
}

function shapeHint({ path, layers }: LayerEntry): string {
  const output = shapeText((layers.at(-1) ?? layers[0]).placed.output);
  return path[1] === 'preset' ? `${shapeText(layers[0].placed.input)} → ${output}` : output;
}

function gradientHint(entry: LayerEntry, always: boolean): string[] {
  const found = gradientFactor(entry);
  if (!found) return [];
  const isUnremarkable = unremarkable.least <= found.factor && found.factor <= unremarkable.most;
  return isUnremarkable && !always ? [] : [`gradient ${share(found.factor)} of He’s`];
}
