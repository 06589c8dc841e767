/** Tools that train: runs belong to the training server, which continues them after the agent disconnects. */
import type { McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { withServer } from '../client/with-server.ts';
import { Resume, type RunSnapshot, Show, Stop } from '../protocol/requests.ts';
import { beginProof } from '../tasks/prove.ts';
import { TaskError } from '../tasks/task-error.ts';
import { queueRuns, readForTraining } from '../tasks/train.ts';
import { inShort } from './describe-run.ts';
import { finding, proof, rule, run, runFile, runName, waitSeconds } from './shapes.ts';
import { offer } from './tool.ts';
import { waitFor } from './waiting.ts';

/** Adds or continues a run; destroys nothing. */
const ADDS = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false };

/** The current state of a run, with its findings; `show` has more details. */
const trained = run.extend({ findings: z.array(finding) });

const describeTrained = ({ summary, findings }: RunSnapshot) => ({ ...summary, findings: inShort(findings) });

function offerTrain(server: McpServer): void {
  offer(server, 'train', {
    title: 'Train a run file',
    description:
      'Queues a run of a run file on the training server of this folder, which trains one run at a time and continues when you disconnect. Returns at once, or after `wait_seconds`, the current run and its findings. `show` gives more details, and can wait, too.',
    input: z.strictObject({
      file: runFile,
      set: z
        .array(z.string())
        .default([])
        .describe('keys changed for this run only, e.g. "train.steps=200", "train.learning_rate=0.01", "name=trial"'),
      backend: z.enum(['auto', 'tensorflow', 'onnx']).default('auto'),
      device: z.enum(['auto', 'cpu', 'cuda', 'webgpu']).default('auto'),
      wait_seconds: waitSeconds,
    }),
    output: trained.extend({ waits_behind: z.array(z.string()).describe('runs ahead of it in the queue') }),
    hints: ADDS,
    answer: async ({ file, set, backend, device, wait_seconds }, call) => {
      const texts = await readForTraining([file], set);
      return await withServer(async (client) => {
        const { runs, ahead } = await queueRuns(client, texts, { overrides: set, backend, device });
        const waits_behind = ahead.map(({ name, run: id }) => `${name} (${id})`);
        const [queued] = runs;
        if (!queued) throw new Error('No run was queued.');
        return {
          ...describeTrained(await waitFor(client, queued.run, { ...call, seconds: wait_seconds })),
          waits_behind,
        };
      });
    },
  });
}

function offerStop(server: McpServer): void {
  offer(server, 'stop', {
    title: 'Stop a run',
    description:
      'Stops a run after a checkpoint; `resume` continues it. If the run has ended, it only returns the state.',
    input: z.strictObject({ run: runName }),
    output: run,
    hints: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
    answer: ({ run: name }) => withServer((client) => client.request(Stop, { run: name })),
  });
}

function offerResume(server: McpServer): void {
  offer(server, 'resume', {
    title: 'Resume a run',
    description: 'Continues an ended run from its last checkpoint; a finished one is extended by `epochs`.',
    input: z.strictObject({
      run: runName,
      epochs: z.number().positive().optional().describe('number of epochs to add'),
      wait_seconds: waitSeconds,
    }),
    output: trained,
    hints: ADDS,
    answer: ({ run: name, epochs, wait_seconds }, call) =>
      withServer(async (client) => {
        // The server's message names a terminal command.
        const { summary } = await client.request(Show, { run: name });
        if (summary.state === 'finished' && epochs === undefined)
          throw new TaskError(
            'badInput',
            `“${summary.name}” is finished: give the number of \`epochs\` to extend it by.`,
          );
        const resumed = await client.request(Resume, { run: name, ...(epochs !== undefined && { epochs }) });
        return describeTrained(await waitFor(client, resumed.run, { ...call, seconds: wait_seconds }));
      }),
  });
}

function offerProve(server: McpServer): void {
  offer(server, 'prove', {
    title: 'Prove a fix',
    description:
      'Trains a copy with the fix, same seed and same order of the images, and measures what the fix is worth. For a run only the copy is trained, for a run file both. Takes minutes: if there is no verdict yet, `show` the run with `wait_seconds`.',
    input: z.strictObject({
      target: z.string().min(1).max(4096).describe('a run (id or name), or the path of a run file'),
      rule: rule.optional().describe('the fix of this rule'),
      wait_seconds: waitSeconds,
    }),
    output: z.object({ proof, runs: z.array(run).describe('the original run and its fixed copy') }),
    hints: ADDS,
    answer: ({ target, rule: only, wait_seconds }, call) =>
      withServer(async (client) => {
        const { proof: begun, runs } = await beginProof(client, target, only);
        const [{ run: subject }] = runs;
        const { proofs } = await waitFor(client, subject, { ...call, seconds: wait_seconds });
        const both = await Promise.all(runs.map((one) => client.request(Show, { run: one.run })));
        const latest = proofs.find(({ fixed }) => fixed === begun.fixed) ?? begun;
        return { proof: latest, runs: both.map(({ summary }) => summary) };
      }),
  });
}

/** Registers `train`, `stop`, `resume` and `prove`. */
export function offerTrainingTools(server: McpServer): void {
  offerTrain(server);
  offerStop(server);
  offerResume(server);
  offerProve(server);
}
