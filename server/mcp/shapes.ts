/** The outputs of tools as schemas: agents get them, and every answer is validated against its own. */
import { z } from 'zod';
import { ruleIds } from '../domain/rules/rule-ids.ts';

/** A number; NaN and the infinities, which JSON lacks, are strings. */
export const scalar = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);

export const percent = (what: string) => z.number().describe(`${what}, per cent: lower is better`);

const edit = z.object({
  line: z.int(),
  column: z.int(),
  end_line: z.int(),
  end_column: z.int(),
  text: z.string(),
});

export const finding = z.object({
  rule: z.string(),
  severity: z.enum(['error', 'warning', 'information']),
  step: z.int().optional().describe('when the evidence was complete; 0 or absent before training'),
  recovered: z.int().optional().describe('step at which it ended; absent while it holds'),
  layer: z.string().optional(),
  cause: z.string().optional().describe('rule of the finding that causes this one: fix that first'),
  file: z.string().optional().describe('file of the line; absent: the run file'),
  line: z.int().optional().describe('from 1'),
  column: z.int().optional(),
  node: z.string().optional().describe('of a graph, if no line is known'),
  message: z.string(),
  detail: z.string().optional(),
  evidence: z.record(z.string(), z.union([scalar, z.array(scalar), z.string()])).optional(),
  threshold: scalar.optional(),
  predicted: scalar.optional(),
  measured: scalar.optional(),
  fix: z
    .object({ title: z.string(), edits: z.array(edit) })
    .optional()
    .describe('edits of the run file; lines and columns from 1, the end exclusive'),
});

export const run = z.object({
  run: z.string().describe('id of the run'),
  name: z.string(),
  state: z
    .enum(['queued', 'running', 'finished', 'stopped', 'stalled', 'diverged', 'failed', 'interrupted'])
    .describe('queued and running are not over; all others have ended'),
  step: z.int(),
  steps: z.int().describe('in total; 0 until it has started'),
  epoch: z.number(),
  file: z.string(),
  created: z.string(),
  seconds: z.number().describe('spent training'),
  backend: z.string().optional(),
  device: z.string().optional(),
  loss: scalar.optional().describe('of the last batch'),
  top1: percent('top-1 error on the validation images').optional(),
  top5: percent('top-5 error').optional(),
  best: z.object({ top1: z.number(), step: z.int() }).optional(),
  findings: z.int().describe('how many; `show` has them'),
  message: z.string().optional().describe('why it ended, if the state alone does not explain it'),
  note: z.string().optional(),
  tags: z.array(z.string()).optional(),
});

const proofSide = z.object({
  run: z.string(),
  name: z.string(),
  state: z.string(),
  step: z.int(),
  loss: scalar,
  standard_error: scalar,
  top1: z.number().optional(),
});

export const proof = z.object({
  fixed: z.string().describe('id of the fixed copy'),
  fixes: z.array(z.object({ rule: z.string(), title: z.string() })),
  state: z.enum(['running', 'decided', 'interrupted']),
  outcome: z.string().optional(),
  verdict: z.string().optional(),
  decided_at: z.int().optional(),
  early: z.boolean().optional(),
  sides: z.array(proofSide).optional().describe('the original run and its fixed copy'),
  message: z.string().optional(),
});

/** The id of a rule. */
export const rule = z.enum(ruleIds);

/** The run to use. */
export const runName = z
  .string()
  .min(1)
  .max(200)
  .describe('id of a run, a unique prefix of one, or a name (the latest run of that name)');

export const runFile = z
  .string()
  .min(1)
  .max(4096)
  .describe('path of a run file (*.rectiscope.yaml), relative to the folder where this server was started');

export const waitSeconds = z
  .number()
  .min(0)
  .max(600)
  .default(0)
  .describe(
    'wait at most this many seconds for the end; many clients time out after 60. The run continues in any case',
  );
