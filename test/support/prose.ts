/** What a source file says to people: its texts, found in its syntax tree; and the words of a text. */
import { readFileSync } from 'node:fs';
import { parseSync } from 'oxc-parser';

const root = new URL('../../', import.meta.url);

/** A text of the source: its pieces between the `${…}`; one piece if there are none. */
export type Pieces = readonly string[];

/** Text that people read has a blank between words; keys, ids and kinds have none. */
const isProse = (pieces: Pieces): boolean => pieces.some((piece) => /\p{L}/u.test(piece) && /\s/.test(piece));

/** Every text of a file of the repository; `leaveOut`: properties and constants whose texts are not asked for. */
export function proseOf(file: string, leaveOut: (name: string) => boolean = () => false): Pieces[] {
  const { program, errors } = parseSync(file, readFileSync(new URL(file, root), 'utf8'));
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const found: Pieces[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const one of node) visit(one);
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return;
    const { type, value, quasis, key, id, ...rest } = node as Record<string, unknown>;
    const name = (key ?? id) as { name?: string } | undefined;
    if (/^(Import|ExportAll)/.test(String(type)) || (name?.name !== undefined && leaveOut(name.name))) return;
    if (type === 'Literal' && typeof value === 'string') found.push([value]);
    else if (type === 'TemplateLiteral')
      found.push((quasis as { value: { cooked: string } }[]).map((quasi) => quasi.value.cooked));
    for (const child of [value, key, ...Object.values(rest)]) visit(child);
  };
  visit(program);
  return found.filter(isProse);
}

/** Text between backticks, and the rest. */
export function splitCode(text: string): { prose: string; code: string[] } {
  const code = text.match(/`[^`]*`/g) ?? [];
  return { prose: text.replaceAll(/`[^`]*`/g, ' … '), code: code.map((one) => one.slice(1, -1)) };
}

/**
 * The words of a text, small letters: of two letters or more, without the ’s of the possessive. Signs of formulas (λ, ηλ) are no words.
 */
export const wordsOf = (text: string): string[] =>
  (text.match(/\p{Script=Latin}[\p{Script=Latin}’']*/gu) ?? [])
    .map((word) =>
      word
        .toLowerCase()
        .replace(/[’']s?$/, '')
        .replace('’', "'"),
    )
    .filter((word) => word.length > 1);
