/** A tool that shows the images of a run as its network gets them. */
import { readFile } from 'node:fs/promises';
import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { runJsonCommand } from '../tasks/json-command.ts';
import type { LookLine } from '../tasks/look-at-images.ts';
import { TaskError } from '../tasks/task-error.ts';
import { runFile, scalar } from './shapes.ts';
import { offer, READS } from './tool.ts';

/** Offer `look`. */
export function offerLook(server: McpServer): void {
  offer(server, 'look', {
    title: 'Look at the images',
    description:
      'Shows the first images of a run exactly as its network gets them, after resizing, augmentation and normalisation, as a picture with the class below each; with the statistics of their numbers. Wrong labels, cuts, channels and scales can be seen in it. Writes only the picture, into a temporary folder.',
    input: z.strictObject({
      file: runFile,
      split: z.enum(['train', 'val']).default('train').describe('val: as testing sees them'),
      count: z.int().min(1).max(400).default(32),
    }),
    output: z.object({
      file: z.string(),
      picture: z.string().describe('path of the png'),
      split: z.string(),
      images: z.int(),
      shape: z.array(z.int()).describe('height, width, channels'),
      transformations: z.array(z.string()),
      black: scalar.describe('the number that is drawn black, the least of all'),
      white: scalar.describe('the number that is drawn white, the greatest of all'),
      statistics: z
        .array(z.object({ mean: scalar, deviation: scalar, least: scalar, greatest: scalar, not_finite: z.int() }))
        .describe('of each channel'),
      classes: z.array(z.object({ class: z.string(), images: z.int() })),
      labels: z.array(z.string()).describe('class of each image, row by row'),
      captioned: z.boolean().describe('false: no fonts here, so the picture has no text'),
    }),
    hints: READS,
    answer: async ({ file, split, count }, { signal }) => {
      const words = ['look', file, '--split', split, '--count', String(count)];
      const end = await runJsonCommand<LookLine>(words, { signal, progress: () => undefined });
      if (!end.line) throw new TaskError('unexpected', end.said || `The command ended with code ${end.code}.`);
      return end.line;
    },
    picture: ({ picture }) => readFile(picture),
  });
}
