import { isCollection } from 'yaml';
import type { SourcePath } from '../domain/origin.ts';
import { parseDocument } from './document.ts';
import { applyEdits, removeKeyEdit, setValueEdit } from './edit.ts';
import { describePath, type Mistake } from './mistake.ts';
import { find, type Positions } from './positions.ts';
import { runFileSchema } from './schema.ts';
import { keysOf, memberOf, schemaAt } from './schema-path.ts';
import { unknownKey } from './unknown-key.ts';
import { validateValue } from './validate.ts';

/** Keys that exclude each other: setting one removes the other, else the command line could not change it. */
const exclusive: readonly (readonly [SourcePath, SourcePath])[] = [
  [
    ['train', 'epochs'],
    ['train', 'steps'],
  ],
];

/**
 * Apply `key=value` settings (`train.batch_size=32`, `network.layers[0].conv.filters=8`) to the text of a run file, in
 * order; comments and layout stay. A setting that can't be applied is reported and left out.
 */
export function applyOverrides(text: string, overrides: readonly string[]): { text: string; mistakes: Mistake[] } {
  const mistakes: Mistake[] = [];
  let current = text;
  for (const override of overrides) {
    const { positions } = parseDocument(current);
    const parsed = parseOverride(override, positions);
    if ('message' in parsed) {
      const { message, suggestion } = parsed;
      const range = positions.nearestRange([]);
      mistakes.push({ message: `${override}: ${message}`, range, ...(suggestion ? { suggestion } : {}) });
      continue;
    }
    current = applyEdits(positions, setValueEdit(positions, parsed.path, parsed.value));
    for (const pair of exclusive) {
      const other = pair.find((path) => describePath(path) !== describePath(parsed.path));
      if (!other || !pair.some((path) => describePath(path) === describePath(parsed.path))) continue;
      const edited = parseDocument(current).positions;
      current = applyEdits(edited, removeKeyEdit(edited, other));
    }
  }
  return { text: current, mistakes };
}

type Parsed = { path: SourcePath; value: string } | { message: string; suggestion?: string };

function parseOverride(override: string, positions: Positions): Parsed {
  const equals = override.indexOf('=');
  if (equals < 1) return { message: 'expected `key=value`, such as `train.batch_size=32`.' };
  const path = parsePath(override.slice(0, equals).trim());
  if (!path)
    return { message: 'expected a key such as `train.batch_size` or `network.layers[0].conv.filters` before `=`.' };
  const wrongKey = checkPath(path, positions);
  if (wrongKey) return wrongKey;
  const value = override.slice(equals + 1).trim();
  const document = parseDocument(value);
  const root = document.positions.root;
  const block = isCollection(root) && !root.flow;
  const oneLine = !/[\r\n]/.test(value) && !value.includes(' #') && !value.startsWith('#');
  if (document.mistakes.length > 0 || root === null || block || !oneLine) {
    return { message: 'expected one line of YAML after `=`, such as `0.01` or `{gaussian: 0.01}`.' };
  }
  const place = schemaAt(path);
  const [mistake] = place ? validateValue(place.schema, document.positions, { path, root: runFileSchema }) : [];
  if (mistake) return { message: mistake.message, ...(mistake.suggestion ? { suggestion: mistake.suggestion } : {}) };
  // A plain text with one of these characters would end early within a flow mapping.
  return { path, value: !isCollection(root) && /^[^"'].*[,[\]{}]/.test(value) ? JSON.stringify(value) : value };
}

/** `network.layers[3].conv` or `network.layers.3.conv` → its parts. */
function parsePath(text: string): SourcePath | undefined {
  const parts = text.replaceAll(/\[(\d+)\]/g, '.$1').split('.');
  if (parts.some((part) => part === '' || /[\s[\]:]/.test(part))) return undefined;
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function checkPath(path: SourcePath, positions: Positions): { message: string; suggestion?: string } | undefined {
  for (const [i, part] of path.entries()) {
    const before = path.slice(0, i);
    const around = schemaAt(before)?.schema;
    if (around && memberOf(around, part)) {
      if (typeof part === 'string' || find(positions.root, path.slice(0, i + 1))) continue;
      return { message: `\`${describePath(before)}\` has no item ${part}; the first is 0.` };
    }
    const valid = around ? keysOf(around) : [];
    if (valid.length === 0)
      return { message: `\`${describePath(before)}\` has no keys; found ${describePath([part])}.` };
    const range = positions.nearestRange([]);
    const { message, suggestion } = unknownKey(String(part), {
      path: [...before, String(part)],
      keyRange: range,
      valid,
      root: runFileSchema,
    });
    return { message, ...(suggestion ? { suggestion: describePath([...before, suggestion]) } : {}) };
  }
  return undefined;
}
