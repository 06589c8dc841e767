import { z } from 'zod';

/** What a user reads about a key: in a hover, in a completion, in the JSON Schema. */
export interface Documentation {
  readonly description: string;
  /** Unit of a number. */
  readonly unit?: string;
  /** The value if the key is not written. */
  readonly default?: unknown;
}

/** The words for a value in a message, if better than those derived from the schema: "a number of epochs, or …". */
export const expectations = z.registry<{ expected: string }>();

/** Attach documentation. Zod passes it to the JSON Schema, the unit within the description. */
export function documented<S extends z.ZodType>(schema: S, documentation: Documentation): S {
  const { description, unit } = documentation;
  const unset = documentation.default === undefined;
  return schema.meta({
    description: unit ? `${description} Unit: ${unit}.` : description,
    ...(unit ? { unit } : {}),
    ...(unset ? {} : { default: documentation.default }),
  }) as S;
}

/** The documentation of a schema, or that of what it wraps. */
export function documentationOf(schema: z.ZodType): Documentation | undefined {
  const { description, unit, default: preset } = (z.globalRegistry.get(schema) ?? {}) as Partial<Documentation>;
  if (description === undefined) return undefined;
  return { description, ...(unit === undefined ? {} : { unit }), ...(preset === undefined ? {} : { default: preset }) };
}

export interface Bounds {
  readonly min?: number;
  readonly max?: number;
  /** The bound itself is not allowed. */
  readonly above?: number;
  readonly below?: number;
}

/** A finite number within bounds. */
export function real(bounds: Bounds, documentation: Documentation): z.ZodNumber {
  return documented(bounded(z.number(), bounds), documentation);
}

/** A whole number within bounds. */
export function whole(bounds: Bounds, documentation: Documentation): z.ZodNumber {
  return documented(bounded(z.int(), bounds), documentation);
}

function bounded<S extends z.ZodNumber>(schema: S, { min, max, above, below }: Bounds): z.ZodNumber {
  let result: z.ZodNumber = schema;
  if (min !== undefined) result = result.min(min);
  if (max !== undefined) result = result.max(max);
  if (above !== undefined) result = result.gt(above);
  if (below !== undefined) result = result.lt(below);
  return result;
}

/** `200 steps` or `1 epoch`, greater than 0; fractions only for epochs. */
export const durationPattern =
  /^(?:(?<steps>[1-9]\d{0,9}) steps?|(?!0+(?:\.0+)? )(?<epochs>\d{1,7}(?:\.\d{1,6})?) epochs?)$/;

/** A length of training with its unit. */
export function durationText(documentation: Documentation): z.ZodString {
  const schema = documented(z.string().regex(durationPattern), documentation);
  return schema.register(expectations, {
    expected: 'a number above 0 with its unit, such as `200 steps` or `1 epoch`',
  });
}

/** A length of training: a number of epochs, or a text with its unit. */
export function duration(documentation: Documentation): z.ZodUnion<readonly [z.ZodNumber, z.ZodString]> {
  const schema = documented(z.union([z.number().min(0).max(1e7), z.string().regex(durationPattern)]), documentation);
  return schema.register(expectations, { expected: 'a number of epochs, or a text such as `500 steps`' });
}
