/** How long users wait: from `train` to the first step, with the server up and without, and for a `check`. */

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { formatFixed } from '../server/domain/numbers/format.ts';
import { systemClock } from '../server/system/clock.ts';
import { file, logProgress, machine, spread, writeSection } from './report.ts';

/** As users call it: with Node's cache of compiled code. */
const cli = file('../bin/rectiscope.mjs');

/** Seconds from the start of a command to the first line that `wanted` accepts; then stops the command. */
async function secondsTo(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  wanted: (line: string) => boolean,
): Promise<number> {
  const before = systemClock.monotonic();
  const child = spawn(process.execPath, [cli, ...words], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    for await (const line of createInterface(child.stdout))
      if (wanted(line)) return (systemClock.monotonic() - before) / 1000;
  } finally {
    child.kill('SIGINT');
    await new Promise((resolve) => child.once('exit', resolve));
  }
  throw new Error(`${words.join(' ')} ended without the line`);
}

/** Measure, and write the section. */
export async function startUp({ rounds }: { rounds: number }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rectiscope-bench-'));
  const env = { ...process.env, RECTISCOPE_HOME: folder };
  const rectiscope = (...words: string[]) => spawnSync(process.execPath, [cli, ...words], { env, encoding: 'utf8' });
  const runFile = file('../examples/he-30.rectiscope.yaml');
  const modelC = file('../examples/paper/model-c-prelu.rectiscope.yaml');
  const isStep = (line: string) => JSON.parse(line).event === 'step';
  const times = new Map<string, number[]>();
  const note = (what: string, seconds: number) => times.set(what, [...(times.get(what) ?? []), seconds]);
  try {
    for (let round = 0; round < rounds; round++) {
      for (const backend of ['tensorflow', 'onnx']) {
        const train = ['train', runFile, '--json', '--backend', backend, '--set', 'train.steps=20'];
        rectiscope('server', 'stop');
        note(`\`train\` to the first step, ${backend}, no server yet`, await secondsTo(train, env, isStep));
        note(`\`train\` to the first step, ${backend}, server up`, await secondsTo(train, env, isStep));
      }
      const before = systemClock.monotonic();
      const { status, stderr } = rectiscope('check', modelC);
      if (status !== 0 && status !== 3) throw new Error(stderr);
      note('`check` of Model C, as a command', (systemClock.monotonic() - before) / 1000);
      logProgress(
        `round ${round + 1}: ${[...times].map(([what, all]) => `${what} ${formatFixed(all.at(-1) ?? Number.NaN, 2)} s`).join('; ')}`,
      );
    }
  } finally {
    rectiscope('server', 'stop');
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  writeSection('start-up', [
    '### How long it takes to start',
    '',
    `\`npm run bench -- start-up\`, ${machine()}; ${rounds} rounds, wall-clock time including Node's start; median and range.`,
    '',
    '| | seconds |',
    '|---|---|',
    ...[...times].map(([what, all]) => `| ${what} | ${spread(all, 2)} |`),
  ]);
}
