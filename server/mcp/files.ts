/** Tools that look at run files and change them: nothing is trained, or nothing of it is kept. */
import { writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { checkFile, checkJson } from '../cli/check-file.ts';
import { differingLines, fixFile } from '../cli/fix-file.ts';
import { CommandError, Exit } from '../cli/output.ts';
import { readText } from '../cli/run-files.ts';
import { spawnCommand } from '../system/processes.ts';
import { finding, rule, runFile, scalar } from './shapes.ts';
import { type Call, offer, READS } from './tool.ts';

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
      'Predicts, without training, whether the signal and the gradient survive the depth of a network, and looks at the data that its run file names. Answers with findings: rule, line, evidence in numbers and, where there is one, the fix as edits. Mistakes of the file come as findings of the rule `run-file`. Do this before you train.',
    input: z.strictObject({
      file: runFile,
      layers: z.boolean().default(false).describe('a row for every weighted layer, too'),
    }),
    output: z.object({
      file: z.string(),
      readable: z.boolean().describe('false: the file has mistakes, and there is no network'),
      parameters: z.int().optional(),
      multiply_adds: z.number().optional().describe('an image'),
      weighted_layers: z.int().optional(),
      forward_factor: scalar.optional().describe('least of the signal, relative to He’s initialisation; 1 is well'),
      backward_factor: scalar.optional().describe('the same of the gradient'),
      findings: z.array(finding),
      layers: z.array(layer).optional(),
    }),
    hints: READS,
    answer: async ({ file, layers: wanted }) => {
      const result = await checkFile(file);
      const { layers, ...rest } = { layers: undefined, ...checkJson(file, result) };
      return { ...rest, readable: result.checked.checked !== undefined, ...(wanted && { layers }) };
    },
  });
}

function offerFix(server: McpServer): void {
  offer(server, 'fix', {
    title: 'Fix a run file',
    description:
      'The fixes of what `check` finds, as the lines that differ. Changes the file only with `write: true`; its comments and layout stay.',
    input: z.strictObject({
      file: runFile,
      rule: rule.optional().describe('only the fix of this rule'),
      write: z.boolean().default(false).describe('true: write the file'),
    }),
    output: z.object({
      file: z.string(),
      fixes: z.array(z.object({ rule: z.string(), title: z.string() })).describe('none: there is nothing to fix'),
      removed: z.array(z.string()).describe('lines as they are'),
      added: z.array(z.string()).describe('lines as they will be'),
      written: z.boolean(),
    }),
    hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    answer: async ({ file, rule: only, write }) => {
      const before = readText(file);
      const { text: after, fixes } = await fixFile(file, before, only);
      const written = write && fixes.length > 0;
      if (written) writeFileSync(file, after);
      return { file, fixes, ...differingLines(before, after), written };
    },
  });
}

/** Of a sweep's hundred rates so many are told. */
const RATES = 12;

interface RangeTest {
  points: { rate: number; smoothed: unknown }[];
  [key: string]: unknown;
}

/** The command in a process of its own: it takes long, and may load a native library that writes to standard output. */
async function testRates(words: readonly string[], { signal, progress }: Call): Promise<RangeTest> {
  const child = spawnCommand(['lr', ...words, '--json']);
  const end = () => void child.kill();
  signal.addEventListener('abort', end);
  process.once('exit', end);
  child.stdin.end();
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said += part;
    const [, step, of] = /step (\d+) of at most (\d+)/.exec(part) ?? [];
    if (step !== undefined) progress(Number(step), Number(of), part.trim());
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  try {
    const [printed, code] = await Promise.all([text(child.stdout), closed]);
    // 3: no rate helps, which is an answer.
    if (code === Exit.done || code === Exit.badEnd) return JSON.parse(printed) as RangeTest;
    throw new CommandError(Exit.unexpected, said.trim() || `The test of rates ended with code ${code}.`);
  } finally {
    signal.removeEventListener('abort', end);
    process.off('exit', end);
  }
}

function offerRates(server: McpServer): void {
  offer(server, 'lr', {
    title: 'Test learning rates',
    description:
      'Learning-rate range test on a copy of the network, of which nothing is kept: one step a rate, rising. Suggests a rate for `train.learning_rate`, or says why none helps. Takes seconds to a minute. Changes the file only with `write: true`.',
    input: z.strictObject({
      file: runFile,
      write: z.boolean().default(false).describe('true: write the rate into the file'),
    }),
    output: z.object({
      file: z.string(),
      suggestion: z.number().nullable().describe('null: no rate helps; `findings` may say why'),
      written: z.number().describe('the rate that the file has'),
      reason: z.string(),
      curve: z.array(z.object({ rate: z.number(), loss: scalar })).describe('smoothed'),
      findings: z.array(z.object({ rule: z.string(), line: z.int(), column: z.int(), message: z.string() })),
      fix: finding.shape.fix,
    }),
    hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    answer: async ({ file, write }, call) => {
      const { points, ...rest } = await testRates([file, ...(write ? ['--write'] : [])], call);
      const every = Math.max(1, Math.ceil(points.length / RATES));
      const curve = points
        .filter((_, i) => i % every === 0 || i === points.length - 1)
        .map(({ rate, smoothed }) => ({ rate, loss: smoothed }));
      return { ...rest, curve };
    },
  });
}

/** Offer `check`, `fix` and `lr`. */
export function offerFileTools(server: McpServer): void {
  offerCheck(server);
  offerFix(server);
  offerRates(server);
}
