/** What is not the training step itself: the norms of all layers, everything else that the training loop does, and whether memory grows. */
import { spawnSync } from 'node:child_process';
import { formatFixed } from '../server/domain/numbers/format.ts';
import type { Backend } from '../server/protocol/events.ts';
import { trainerEnvironment } from '../server/system/processes.ts';
import type { NormsMeasurement } from './norms.ts';
import { file, machine, say, spread, writeSection } from './report.ts';
import type { LoopMeasurement } from './training-loop.ts';

/** A script of this folder in a process of its own, with the environment of a trainer; what its one line says. */
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
    say(`${backend}: norms ${spread(norms, 1)} %, a probe ${spread(probes, 1)} %`);
    const shares = Array.from({ length: rounds }, () => loop(backend, 'share', 2 * steps).share);
    say(`${backend}: loop ${spread(shares, 2)} %`);
    const { resident } = loop(backend, 'memory', 10_000);
    say(
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
    `\`npm run bench -- overhead\`, ${machine()}; ${rounds} rounds, median and range. Norms and loop: \`plain-30\`, batch 64; ${5 * steps} steps of each kind a round, in random order in one session. A run probes every tenth step unless it says otherwise. The loop's share is all that \`train\` does between two calls of the engine on real images (batches, errors, rules, reports to the server), of its whole time. Memory: a network of one convolution over 10,000 steps with norms at every step.`,
    '',
    '| engine | norms of all layers at every step, more time | a probe (norms, signal, dead units) at every step | the loop’s share | MB resident at step 1,000, 2,000, 5,000, 10,000 |',
    '|---|---|---|---|---|',
    ...rows,
  ]);
}
