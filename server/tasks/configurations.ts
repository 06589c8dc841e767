/** Run files side by side: which keys differ in meaning, with defaults filled in. */
import { isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import { applyOverrides } from '../run-file/overrides.ts';
import { readRunFile } from '../run-file/read.ts';

/** Every value of a run file by its key: `train.batch_size` → `32`. */
function flatten(text: string): Map<string, string> {
  const values = new Map<string, string>();
  const visit = (node: Node | null, path: string): void => {
    if (isMap(node))
      for (const { key, value } of node.items)
        visit(value as Node | null, path ? `${path}.${String(key)}` : String(key));
    else if (isSeq(node)) for (const [i, item] of node.items.entries()) visit(item as Node, `${path}[${i}]`);
    else values.set(path, isScalar(node) ? String(node.value) : '');
  };
  visit(parseDocument(text).contents, '');
  return values;
}

/** The meaning of a run file, with its defaults filled in. */
const meaning = (text: string): string =>
  JSON.stringify(readRunFile(text, { fileName: 'run', folder: '/', forCheck: true }).config, (key, value: unknown) =>
    key === 'source' && Array.isArray(value) ? undefined : value,
  );

/** The meaning of a run file without its seed and name: equal for runs that repeat each other with other random numbers. */
export const meaningButSeed = (text: string): string => {
  const { seed: _, name: __, ...config } = JSON.parse(meaning(text)) as Record<string, unknown>;
  return JSON.stringify(config);
};

/** Whether a key's default in a text that omits it equals its value in another text: then it is no difference. */
const isDefault = (text: string, key: string, value: string): boolean => {
  const { text: written, mistakes } = applyOverrides(text, [`${key}=${value}`]);
  return mistakes.length === 0 && meaning(written) === meaning(text);
};

/** A key that differs in meaning, and its value in each text; undefined: omitted. */
export interface Difference {
  readonly key: string;
  readonly values: readonly (string | undefined)[];
}

/** Keys that differ in meaning between the texts, except `name`. */
export function differences(texts: readonly string[]): Difference[] {
  const flat = texts.map(flatten);
  const keys = new Set(flat.flatMap((values) => [...values.keys()]));
  return [...keys]
    .filter((key) => key !== 'name')
    .map((key) => ({ key, values: flat.map((values) => values.get(key)) }))
    .filter(({ values }) => new Set(values).size > 1)
    .filter(({ key, values }) => {
      const [value, ...others] = new Set(values.filter((one) => one !== undefined));
      if (value === undefined || others.length > 0) return true;
      return !values.every((one, i) => one !== undefined || isDefault(texts[i] ?? '', key, value));
    });
}
