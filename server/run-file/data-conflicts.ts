import { z } from 'zod';
import type { SourcePath } from '../domain/origin.ts';
import type { Conflict } from './mistake.ts';

/** Conflicts in `data.augment` that the file alone shows: sizes that don't fit together. Invalid keys are skipped. */
export function* augmentConflicts(augment: unknown, input: readonly number[] | undefined): Generator<Conflict> {
  const parsed = augmentKeys.safeParse(augment);
  if (!parsed.success) return;
  const { resize, crop, color } = parsed.data;
  const path = (key: string): SourcePath => ['data', 'augment', key];
  const [from, to] = typeof resize === 'number' ? [resize, resize] : (resize ?? []);
  if (from !== undefined && to !== undefined && from > to)
    yield { path: path('resize'), message: `Expected a rising range, such as \`[${to}, ${from}]\`.` };
  else if (from !== undefined && to !== undefined && from < to && crop === undefined) {
    const side = input?.[0] ?? from;
    yield {
      path: path('resize'),
      message: `A range gives images of different sizes: add \`crop: ${side}\`, the side of the network’s input.`,
    };
  } else if (from !== undefined && crop !== undefined && from < crop)
    yield { path: path('resize'), message: `Expected at least ${crop} pixels, the side of \`crop\`; found ${from}.` };
  if (input && crop !== undefined && (input[0] !== crop || input[1] !== crop)) {
    const message =
      input[0] === input[1]
        ? `Expected ${input[0]}, the side of \`network.input\`; found ${crop}.`
        : `A crop is square: expected \`network.input\` to be [${crop}, ${crop}, ${input[2]}]; found [${input.join(', ')}].`;
    yield { path: path('crop'), message };
  }
  if (input && color !== undefined && input[2] !== 3)
    yield {
      path: path('color'),
      message: `Colour noise needs three channels, but \`network.input\` has ${input[2]}: remove it.`,
    };
}

/** A key with a mistake is absent here. */
const side = z.int().min(1);
const augmentKeys = z.object({
  resize: z
    .union([side, z.tuple([side, side])])
    .optional()
    .catch(undefined),
  crop: side.optional().catch(undefined),
  color: z.string().optional().catch(undefined),
});
