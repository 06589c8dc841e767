import { z } from 'zod';
import { expectations } from '../domain/settings/fields.ts';
import { listChoices } from './mistake.ts';

/**
 * What the rest of the reader needs from a schema: the words for what it accepts, its keys, and which branch of a union is
 * meant. A union is never tried branch by branch: that would hide the mistake of the branch that was meant.
 */

/** Caches the answer for each schema: there are about a hundred, compared with thousands of nodes. */
function remembered<S extends z.ZodType, T>(ask: (schema: S) => T): (schema: S) => T {
  const answers = new WeakMap<S, T>();
  return (schema) => {
    const known = answers.get(schema);
    if (known !== undefined) return known;
    const answer = ask(schema);
    answers.set(schema, answer);
    return answer;
  };
}

/** The schema within `optional()` or a lazy one. */
export function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodLazy ? unwrap(schema.unwrap() as z.ZodType) : schema;
}

/** The keys of a mapping and their schemas. */
export const entriesOf = remembered((schema: z.ZodObject): [string, z.ZodType][] =>
  Object.entries(schema.shape as Record<string, z.ZodType>),
);

/** The same as a map. */
export const membersOf = remembered(
  (schema: z.ZodObject): ReadonlyMap<string, z.ZodType> => new Map(entriesOf(schema)),
);

/** The required keys of a mapping. */
export const requiredKeys = remembered((schema: z.ZodObject): string[] =>
  entriesOf(schema)
    .filter(([, value]) => !(value instanceof z.ZodOptional))
    .map(([key]) => key),
);

/** The branches of a union, or the schema itself. */
export const branches = remembered((schema: z.ZodType): z.ZodType[] =>
  schema instanceof z.ZodUnion ? schema.options.map((option) => unwrap(option as z.ZodType)) : [schema],
);

/** The mappings among the branches. */
export const mappings = remembered((schema: z.ZodType): z.ZodObject[] =>
  branches(schema).filter((branch) => branch instanceof z.ZodObject),
);

/**
 * Which of several mappings the written keys mean: those with one of their required keys present, unless that is a
 * setting of another one, as `dropout` beside `dense` is.
 */
export function meantBy(options: readonly z.ZodObject[], written: readonly string[]): z.ZodObject[] {
  const keysOf = (option: z.ZodObject): string[] => requiredKeys(option).filter((key) => written.includes(key));
  const possible = options.filter((option) => keysOf(option).length > 0);
  return possible.filter(
    (option) => !possible.some((other) => other !== option && keysOf(option).every((key) => membersOf(other).has(key))),
  );
}

/** Whether a value can only be a mapping or a list. */
export const isSection = (schema: z.ZodType): boolean => schema instanceof z.ZodObject || schema instanceof z.ZodArray;

/** The literal words that a schema accepts. */
export const words = (schema: z.ZodType): string[] =>
  branches(schema).flatMap((branch) => {
    if (branch instanceof z.ZodEnum) return branch.options.map(String);
    return branch instanceof z.ZodBoolean ? ['true', 'false'] : [];
  });

/** What a schema accepts, in words: "a whole number from 1 to 4096 (pixels)". */
export function expectationOf(schema: z.ZodType): string {
  const own = expectations.get(schema)?.expected;
  if (own !== undefined) return own;
  if (schema instanceof z.ZodUnion) return branches(schema).map(expectationOf).join(' or ');
  if (schema instanceof z.ZodEnum) return listChoices(schema.options.map(String));
  if (schema instanceof z.ZodLiteral) return listChoices([...schema.values].map(String));
  if (schema instanceof z.ZodBoolean) return '`true` or `false`';
  if (schema instanceof z.ZodNumber) return numberExpectation(schema);
  if (schema instanceof z.ZodString) return 'a text';
  if (schema instanceof z.ZodArray)
    return `a list of ${words(unwrap(schema.element as z.ZodType)).length ? 'some of ' : ''}${elementWords(schema)}`;
  if (schema instanceof z.ZodTuple) return `a list of ${schema.def.items.length} values`;
  if (schema instanceof z.ZodObject) return `a mapping such as \`{${exampleKeys(schema)}}\``;
  return 'another value';
}

const elementWords = (schema: z.ZodArray): string => expectationOf(unwrap(schema.element as z.ZodType));

/** The required keys with an ellipsis for their values, or the first keys if none is required. */
function exampleKeys(schema: z.ZodObject): string {
  const required = requiredKeys(schema);
  const keys =
    required.length > 0
      ? required
      : entriesOf(schema)
          .slice(0, 2)
          .map(([key]) => key);
  return keys.map((key) => `${key}: …`).join(', ');
}

/** How many items a list may have. */
export function lengths(list: z.ZodType): { least: number; most: number } {
  if (list instanceof z.ZodTuple) return { least: list.def.items.length, most: list.def.items.length };
  const found = { least: 0, most: Number.POSITIVE_INFINITY };
  for (const check of list.def.checks ?? []) {
    const { minimum, maximum } = check._zod.def as { minimum?: number; maximum?: number };
    found.least = minimum ?? found.least;
    found.most = maximum ?? found.most;
  }
  return found;
}

function numberExpectation(schema: z.ZodNumber): string {
  const kind = schema.isInt ? 'a whole number' : 'a number';
  const bounds: { min?: string; max?: string } = {};
  for (const check of schema.def.checks ?? []) {
    const { check: name, value, inclusive } = check._zod.def as { check: string; value?: number; inclusive?: boolean };
    if (name === 'greater_than') bounds.min = inclusive ? `at least ${value}` : `greater than ${value}`;
    if (name === 'less_than') bounds.max = inclusive ? `at most ${value}` : `less than ${value}`;
  }
  const limits = [bounds.min, bounds.max].filter((limit) => limit !== undefined);
  return limits.length > 0 ? `${kind}, ${limits.join(' and ')}` : kind;
}
