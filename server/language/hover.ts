import { type Hover, MarkupKind } from 'vscode-languageserver';
import type { SourcePath } from '../domain/origin.ts';
import type { Checked } from '../run-file/check.ts';
import { describePlace } from '../run-file/choices.ts';
import { findingRange } from './diagnostics.ts';
import { layerEntries } from './layer-entry.ts';
import { describeEntry } from './layer-hover.ts';
import { placeAt } from './place.ts';
import { toLspRange } from './ranges.ts';

/** The meaning of the key under the cursor, and the properties of the layers of an entry or a preset. */
export function hoverAt(analysis: Checked, line: number, character: number): Hover | null {
  const { positions } = analysis.runFile;
  const place = placeAt(positions.root, positions.offset(line + 1, character + 1));
  if (!place) return null;
  const name = place.path.findLast((part) => typeof part === 'string');
  const description = describePlace(place.path);
  const parts = [
    description && `**${name}**: ${description}`,
    describeFindings(analysis, place.start),
    describeLayers(analysis, place.path, place.part),
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return null;
  return {
    contents: { kind: MarkupKind.Markdown, value: parts.join('\n\n---\n\n') },
    range: toLspRange(positions.range(place.start, place.end)),
  };
}

/** Details of the findings at an offset: the editor already shows their messages. */
function describeFindings({ checked, runFile: { positions } }: Checked, offset: number): string | undefined {
  const here = (checked?.findings ?? []).filter((finding) => {
    const { line, column, endLine, endColumn } = findingRange(finding, positions);
    return positions.offset(line, column) <= offset && offset <= positions.offset(endLine, endColumn);
  });
  const details = here.flatMap(({ rule, detail }) => (detail ? [`**${rule}**: ${detail}`] : []));
  return details.length === 0 ? undefined : details.join('\n\n');
}

/** For a layer's kind (`conv` in `- conv: …`), a kind without settings, and a preset. */
function describeLayers({ checked }: Checked, path: SourcePath, part: 'key' | 'value'): string | undefined {
  const isKind = path[1] === 'layers' && ((path.length === 4 && part === 'key') || path.length === 3);
  const isPreset = path[1] === 'preset' && path.length === 2;
  if (!checked || path[0] !== 'network' || !(isKind || isPreset)) return undefined;
  const entry = layerEntries(checked).find(({ path: own }) => own.every((step, i) => step === path[i]));
  return entry && describeEntry(entry);
}
