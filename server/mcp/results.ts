/** Tools that look at runs. */

import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { withServer } from '../client/with-server.ts';
import { compareRuns } from '../tasks/compare.ts';
import { readRuns } from '../tasks/read-store.ts';
import { described, describeSnapshot } from './describe-run.ts';
import { log } from './log.ts';
import { run, runName, scalar, waitSeconds } from './shapes.ts';
import { offer, READS } from './tool.ts';
import { waitFor } from './waiting.ts';

function offerRuns(server: McpServer): void {
  offer(server, 'runs', {
    title: 'List runs',
    description: 'The runs of this folder, newest first.',
    input: z.strictObject({
      limit: z.int().min(1).max(200).default(20),
      tag: z.string().optional().describe('only runs with this tag'),
    }),
    output: z.object({ runs: z.array(run), all: z.int().describe('number of runs') }),
    hints: READS,
    answer: async ({ limit, tag }) => {
      const all = await readRuns((reader) => reader.runs(), log);
      const wanted = all.filter(({ tags }) => tag === undefined || tags.includes(tag));
      return { runs: wanted.slice(0, limit), all: wanted.length };
    },
  });
}

function offerShow(server: McpServer): void {
  offer(server, 'show', {
    title: 'Show a run',
    description:
      'One run: its state, findings with evidence and fix, a short curve of the loss, evaluations, the gradient of each layer as last measured, the worst classes, and proofs of fixes. With `wait_seconds` it waits for the end of the run, and for the verdict of a proof.',
    input: z.strictObject({ run: runName, wait_seconds: waitSeconds }),
    output: described,
    hints: READS,
    answer: ({ run: name, wait_seconds }, call) =>
      withServer(async (client) => describeSnapshot(await waitFor(client, name, { ...call, seconds: wait_seconds }))),
  });
}

const compared = z.object({
  run: z.string(),
  name: z.string(),
  state: z.string(),
  step: z.int(),
  top1: z.number().optional(),
  evaluated_step: z.int().optional().describe('step of that evaluation'),
  best_top1: z.number().optional(),
  top5: z.number().optional(),
  first_loss: scalar.optional(),
  last_loss: scalar.optional(),
  step_ms: scalar.optional(),
  gradient_per_weight: scalar.optional().describe('of the median layer, early'),
  gradient_step: z.int().optional(),
  findings: z.array(z.string()),
});

function offerCompare(server: McpServer): void {
  offer(server, 'compare', {
    title: 'Compare runs',
    description: 'Runs side by side: differences between their files, their results, and a verdict in a sentence.',
    input: z.strictObject({ runs: z.array(runName).min(2).max(20) }),
    output: z.object({
      verdict: z.string(),
      configuration: z
        .array(z.object({ key: z.string(), values: z.array(z.string().nullable()) }))
        .describe('keys whose values differ, with the value of each run; null: left out'),
      runs: z.array(compared),
    }),
    hints: READS,
    answer: async ({ runs }) => {
      const snapshots = await readRuns((reader) => Promise.all(runs.map(reader.show)), log);
      const { verdict, configuration, runs: rows } = compareRuns(snapshots);
      const filled = configuration.map(({ key, values }) => ({ key, values: values.map((value) => value ?? null) }));
      return { verdict, configuration: filled, runs: rows };
    },
  });
}

/** Registers `runs`, `show` and `compare`. */
export function offerResultTools(server: McpServer): void {
  offerRuns(server);
  offerShow(server);
  offerCompare(server);
}
