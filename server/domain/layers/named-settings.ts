import { z } from 'zod';
import { documented, expectations, whole } from '../settings/fields.ts';

/** Layer names become names in weight files and graphs. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** Whether a text is a valid layer name. */
export const isLayerName = (text: string): boolean => namePattern.test(text);

const name = documented(z.string().regex(namePattern), {
  description: 'The layer’s name in charts, findings and weight files. Default: its kind and number, such as `conv3`.',
}).register(expectations, { expected: 'a name of letters, digits, `_`, `-` and `.`, at most 64 long' });

/** The setting of every layer, within the braces or beside the kind. */
export const named = { name: name.optional() };

/** A length in pixels. */
export const pixels = (description: string, preset?: number): z.ZodNumber =>
  whole({ min: 1, max: 4096 }, { description, unit: 'pixels', ...(preset ? { default: preset } : {}) });
