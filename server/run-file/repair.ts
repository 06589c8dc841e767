import { z } from 'zod';
import { nearest } from './nearest.ts';
import { branches, unwrap, words } from './shape-of-schema.ts';

/**
 * The most likely intended text of a value that its schema rejects: the nearest word, the number within quotes, the
 * text that looked like a number, the list of one. Undefined if nothing is likely.
 */
export function repaired(schema: z.ZodType, found: unknown): string | undefined {
  if (typeof found !== 'string' && typeof found !== 'number' && typeof found !== 'boolean') return undefined;
  const accepted = (value: unknown): boolean => branches(schema).some((branch) => branch.safeParse(value).success);
  const text = String(found);
  const word = nearest(text, words(schema));
  if (word !== undefined) return word;
  if (typeof found === 'string' && text.trim() !== '' && accepted(Number(text))) return text.trim();
  if (typeof found === 'string') {
    const spaced = /^(\d+(?:\.\d+)?)\s*(steps?|epochs?)$/i.exec(text.trim());
    const duration = spaced && `${spaced[1]} ${spaced[2]?.toLowerCase()}`;
    return duration && accepted(duration) ? duration : listOfOne(schema, found);
  }
  if (accepted(text)) return JSON.stringify(text);
  return listOfOne(schema, found);
}

function listOfOne(schema: z.ZodType, found: unknown): string | undefined {
  const list = branches(schema).find((branch) => branch instanceof z.ZodArray);
  const element = list && unwrap(list.element as z.ZodType);
  const fits = element !== undefined && !(element instanceof z.ZodObject) && element.safeParse(found).success;
  return fits && /^[\w.-]+$/.test(String(found)) ? `[${found}]` : undefined;
}
