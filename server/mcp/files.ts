/** Tools that examine and change run files: nothing is trained, or the result is discarded. */
import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { checkFile, checkJson } from '../tasks/check.ts';
import { fixFile } from '../tasks/fix.ts';
import { runJsonCommand } from '../tasks/json-command.ts';
import { TaskError } from '../tasks/task-error.ts';
import type { OverfitLine, RateTestLine } from '../tasks/test-lines.ts';
import { finding, rule, runFile, scalar } from './shapes.ts';
import { offer, READS } from './tool.ts';

const layer = z.object({
  name: z.string(),
  line: z.int(),
  output: z.array(z.int()).describe('height, width, channels; or units'),
  fan_in: z.int().optional(),
  weight_std: scalar.optional(),
  forward_std: scalar.optional().describe('of the pre-activations, predicted'),
  backward_std: scalar.optional().describe('of the gradient, relative to the last layer’s, predicted'),
});

function offerCheck(server: McpServer): void {
  offer(server, 'check', {
    title: 'Check a run file',
    description:
      'Predicts, without training, whether the signal and the gradient survive the depth of a network, and looks at the data that its run file names. Returns findings: rule, line, evidence in numbers and, where there is one, the fix as edits. Mistakes of the file come as findings of the rule `run-file`. Do this before you train.',
    input: z.strictObject({
      file: runFile,
      layers: z.boolean().default(false).describe('also a row for every weighted layer'),
    }),
    output: z.object({
      file: z.string(),
      readable: z.boolean().describe('false: the file has mistakes, so there is no network'),
      parameters: z.int().optional(),
      multiply_adds: z.number().optional().describe('an image'),
      weighted_layers: z.int().optional(),
      forward_factor: scalar.optional().describe('smallest signal, relative to He’s initialisation; 1 is healthy'),
      backward_factor: scalar.optional().describe('the same for the gradient'),
      findings: z.array(finding),
      layers: z.array(layer).optional(),
    }),
    hints: READS,
    answer: async ({ file, layers: wanted }) => {
      const result = await checkFile(file);
      const { layers, ...rest } = { layers: undefined, ...checkJson(result) };
      return { ...rest, readable: result.checked.checked !== undefined, ...(wanted && { layers }) };
    },
  });
}

function offerFix(server: McpServer): void {
  offer(server, 'fix', {
    title: 'Fix a run file',
    description:
      'The fixes of what `check` finds, as the lines that differ. Changes the file only with `write: true`; its comments and layout are kept.',
    input: z.strictObject({
      file: runFile,
      rule: rule.optional().describe('only the fix of this rule'),
      write: z.boolean().default(false).describe('true: write the file'),
    }),
    output: z.object({
      file: z.string(),
      fixes: z.array(z.object({ rule: z.string(), title: z.string() })).describe('none: there is nothing to fix'),
      removed: z.array(z.string()).describe('current lines'),
      added: z.array(z.string()).describe('new lines'),
      written: z.boolean(),
    }),
    hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    answer: async ({ file, rule: only, write }) => fixFile(file, { rule: only, write }),
  });
}

/** How many of a sweep's hundred rates are returned. */
const RATES = 12;

function offerRates(server: McpServer): void {
  offer(server, 'lr', {
    title: 'Test learning rates',
    description:
      'Learning-rate range test on a copy of the network, which is discarded: one step per rate, rising. Suggests a rate for `train.learning_rate`, or explains why none helps. Takes seconds to a minute. Changes the file only with `write: true`.',
    input: z.strictObject({
      file: runFile,
      write: z.boolean().default(false).describe('true: write the rate into the file'),
    }),
    output: z.object({
      file: z.string(),
      suggestion: z.number().nullable().describe('null: no rate helps; `findings` may explain why'),
      written: z.number().describe('the rate in the file'),
      reason: z.string(),
      curve: z.array(z.object({ rate: z.number(), loss: scalar })).describe('smoothed'),
      findings: z.array(finding.pick({ rule: true, line: true, column: true, message: true })),
      fix: finding.shape.fix,
    }),
    hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    answer: async ({ file, write }, { signal, progress }) => {
      const end = await runJsonCommand<RateTestLine>(['lr', file, ...(write ? ['--write'] : [])], {
        signal,
        progress: (line, step, most) => progress(step, most, line),
      });
      if (!end.line) throw new TaskError('unexpected', end.said || `The test of rates ended with code ${end.code}.`);
      const { points, ...rest } = end.line;
      const every = Math.max(1, Math.ceil(points.length / RATES));
      const curve = points
        .filter((_, i) => i % every === 0 || i === points.length - 1)
        .map(({ rate, smoothed }) => ({ rate, loss: smoothed }));
      return { ...rest, curve };
    },
  });
}

function offerOverfit(server: McpServer): void {
  offer(server, 'overfit', {
    title: 'Learn two batches by heart',
    description:
      'Trains a copy, of which nothing is kept, on two batches of its own training images, without augmentation and dropout. Learns them: optimisation works, and labels and data are to blame where the whole set is not learnt. Cannot: the fault is in the network, its initialisation or its rate. Takes seconds to a minute.',
    input: z.strictObject({ file: runFile }),
    output: z.object({
      file: z.string(),
      learns: z.boolean().nullable().describe('null: no network can learn these batches; `verdict` says why'),
      rate: z
        .number()
        .nullable()
        .describe('that the numbers belong to: the file’s, or a sixth of it where only that learns'),
      steps: z.int().describe('that were taken at this rate'),
      loss: scalar.nullable().describe('of the last step on each batch'),
      guessing: z.number().describe('loss of guessing'),
      examples: z.int().describe('in both batches'),
      right: z.int().describe('how many of them'),
      verdict: z.string(),
      findings: z.array(finding.pick({ rule: true, line: true, column: true, message: true })),
    }),
    hints: READS,
    answer: async ({ file }, { signal, progress }) => {
      const end = await runJsonCommand<OverfitLine>(['overfit', file], {
        signal,
        progress: (line, step, most) => progress(step, most, line),
      });
      if (!end.line) throw new TaskError('unexpected', end.said || `The test ended with code ${end.code}.`);
      return end.line;
    },
  });
}

/** Registers `check`, `fix`, `lr` and `overfit`. */
export function offerFileTools(server: McpServer): void {
  offerCheck(server);
  offerFix(server);
  offerRates(server);
  offerOverfit(server);
}
