/** The cost of everything but the training step: the norms of all layers, the rest of the training loop, and whether memory grows. */
import { spawnSync } from 'node:child_process';
import { formatFixed } from '../server/domain/numbers/format.ts';
import type { Backend } from '../server/protocol/events.ts';
import { trainerEnvironment } from '../server/system/processes.ts';
import type { NormsMeasurement } from './norms.ts';
import { file, logProgress, machine, spread, writeSection } from './report.ts';
import type { LoopMeasurement } from './training-loop.ts';

/** Runs a script of this folder in a separate process with a trainer's environment, and parses its one line of output. */
function measure<T>(script: string, words: readonly string[]): T {
  const { stdout, stderr, status } = spawnSync(process.execPath, [file(script), ...words], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: trainerEnvironment(process.env),
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

const loop = (backend: Backend, what: 'share' | 'memory', steps: number): LoopMeasurement =>
  measure('training-loop.ts', [backend, what, String(steps)]);

/** Measure, and write the section. */
export function overhead({ rounds, steps }: { rounds: number; steps: number }): void {
  const rows: string[] = [];
  for (const backend of ['tensorflow', 'onnx'] as const) {
    const sessions = Array.from({ length: rounds }, () =>
      measure<NormsMeasurement>('norms.ts', [backend, String(5 * steps)]),
    );
    const norms = sessions.map((session) => session.norms);
    const probes = sessions.map((session) => session.probe);
    logProgress(`${backend}: norms ${spread(norms, 1)} %, a probe ${spread(probes, 1)} %`);
    const shares = Array.from({ length: rounds }, () => loop(backend, 'share', 2 * steps).share);
    logProgress(`${backend}: loop ${spread(shares, 2)} %`);
    const { resident } = loop(backend, 'memory', 10_000);
    logProgress(
      `${backend}: resident ${resident.map(({ step, megabytes }) => `${step}: ${formatFixed(megabytes, 0)} MB`).join(', ')}`,
    );
    const at = (step: number) => formatFixed(resident.find((one) => one.step === step)?.megabytes ?? Number.NaN, 0);
    rows.push(
      `| ${backend} | ${spread(norms, 1)} % | ${spread(probes, 1)} % | ${spread(shares, 2)} % | ${at(1000)}, ${at(2000)}, ${at(5000)}, ${at(10_000)} |`,
    );
  }
  writeSection('overhead', [
    '### What the rest costs',
    '',
    `\`npm run bench -- overhead\`, ${machine()}; ${rounds} rounds, median and range. Norms and loop: \`plain-30\`, batch 64; ${5 * steps} steps of each kind per round, in random order in one session. A run probes every tenth step by default. The loop's share is the fraction of its time that \`train\` on real images spends between engine calls (batches, errors, rules, reports to the server). Memory: a network of one convolution over 10,000 steps with norms at every step.`,
    '',
    '| engine | extra time for norms of all layers at every step | extra time for a probe (norms, signal, dead units) at every step | the loop’s share | MB resident at step 1,000, 2,000, 5,000, 10,000 |',
    '|---|---|---|---|---|',
    ...rows,
  ]);
}
