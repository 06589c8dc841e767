/** Tools that examine and change run files: nothing is trained, or the result is discarded. */
import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { checkFile, checkJson } from '../tasks/check.ts';
import { fixFile } from '../tasks/fix.ts';
import { testRatesApart } from '../tasks/rates-apart.ts';
import { TaskError } from '../tasks/task-error.ts';
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
      const end = await testRatesApart([file, ...(write ? ['--write'] : [])], {
        signal,
        progress: (line, step, most) => progress(step, most, line),
      });
      if (!end.test) throw new TaskError('unexpected', end.output || `The rate test exited with code ${end.code}.`);
      const { points, ...rest } = end.test;
      const every = Math.max(1, Math.ceil(points.length / RATES));
      const curve = points
        .filter((_, i) => i % every === 0 || i === points.length - 1)
        .map(({ rate, smoothed }) => ({ rate, loss: smoothed }));
      return { ...rest, curve };
    },
  });
}

/** Registers `check`, `fix` and `lr`. */
export function offerFileTools(server: McpServer): void {
  offerCheck(server);
  offerFix(server);
  offerRates(server);
}
