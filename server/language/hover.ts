import { type Hover, MarkupKind } from 'vscode-languageserver';
import type { SourcePath } from '../domain/config.ts';
import { weightedLayers } from '../domain/network/network.ts';
import type { Checked } from '../run-file/check.ts';
import { describePlace } from '../run-file/choices.ts';
import { findingRange } from './diagnostics.ts';
import { placeAt } from './place.ts';
import { toLspRange } from './ranges.ts';

/** The meaning of the key under the cursor, and what is predicted for the layers of that entry. */
export function hoverAt(analysis: Checked, line: number, character: number): Hover | null {
  const { positions } = analysis.runFile;
  const place = placeAt(positions.root, positions.offset(line + 1, character + 1));
  if (!place) return null;
  const name = place.path.findLast((part) => typeof part === 'string');
  const description = describePlace(place.path);
  const prediction = place.part === 'key' ? describePrediction(analysis, place.path) : undefined;
  const parts = [
    description && `**${name}**: ${description}`,
    describeFindings(analysis, place.start),
    prediction,
  ].filter((part) => part !== undefined);
  if (parts.length === 0) return null;
  return {
    contents: { kind: MarkupKind.Markdown, value: parts.join('\n\n---\n\n') },
    range: toLspRange(positions.range(place.start, place.end)),
  };
}

/** What there is to know of the findings that stand at an offset: their messages are shown by the editor already. */
function describeFindings({ checked, runFile: { positions } }: Checked, offset: number): string | undefined {
  const here = (checked?.findings ?? []).filter((finding) => {
    const { line, column, endLine, endColumn } = findingRange(finding, positions);
    return positions.offset(line, column) <= offset && offset <= positions.offset(endLine, endColumn);
  });
  const told = here.flatMap(({ rule, detail }) => (detail ? [`**${rule}**: ${detail}`] : []));
  return told.length === 0 ? undefined : told.join('\n\n');
}

const digits = (value: number): string => value.toPrecision(2);

/** A line for the first and the last of the layers that an entry of `network.layers` makes. */
function describePrediction({ checked }: Checked, path: SourcePath): string | undefined {
  const [, section, index] = path;
  if (!checked || path.length !== 4 || section !== 'layers' || typeof index !== 'number') return undefined;
  const own = weightedLayers(checked.network).flatMap(({ layer, output }, i) => {
    const predicted = checked.propagation.layers[i];
    return predicted && layer.source[2] === index ? [{ name: layer.name, output, predicted }] : [];
  });
  const ends = own.length > 1 ? [own[0], own.at(-1)] : own;
  if (ends.length === 0) return undefined;
  const rows = ends.flatMap((end) => {
    if (!end) return [];
    const { name, output, predicted } = end;
    return [
      `| ${name} | ${output.join(' × ')} | ${digits(predicted.weightStd)} | ${digits(predicted.forwardStd)} | ${digits(predicted.backwardStd)} |`,
    ];
  });
  return [
    'Predicted at initialisation, for an input of unit variance; the gradient relative to the last layer’s:',
    '',
    '| layer | output | weight std | signal std | gradient std |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
