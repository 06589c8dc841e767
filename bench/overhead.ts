/** What is not the training step itself: the norms of all layers, everything else that the training loop does, and whether memory grows. */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { EngineTimer } from '../server/cli/timed-engine.ts';
import { trainerEnvironment } from '../server/processes.ts';
import type { Backend } from '../server/protocol/events.ts';
import { partsFor } from '../server/trainer/engine.ts';
import { workload } from '../server/trainer/workloads.ts';
import { file, machine, median, say, spread, writeSection } from './report.ts';
import type { LoopMeasurement } from './training-loop.ts';

/** Steps with and without norms by turns: their ratio, turn by turn. */
async function probeRatios(backend: Backend, { turns, steps }: { turns: number; steps: number }): Promise<number[]> {
  const { network, batchSize } = workload('plain-30');
  const parts = partsFor(batchSize, availableParallelism());
  const { timer } = await EngineTimer.open({ network, batchSize, backend, device: 'cpu', parts });
  try {
    await timer.time('step', 5);
    await timer.time('probe', 5);
    const ratios: number[] = [];
    for (let turn = 0; turn < turns; turn++) {
      // One by one: a slow moment falls on both alike.
      const [plain, probed]: [number[], number[]] = [[], []];
      for (let i = 0; i < steps; i++) {
        plain.push(...(await timer.time('step', 1)));
        probed.push(...(await timer.time('probe', 1)));
      }
      ratios.push(100 * (median(probed) / median(plain) - 1));
    }
    return ratios;
  } finally {
    timer.close();
  }
}

/** The product's own training loop, in a process of its own. */
function loop(backend: Backend, what: 'share' | 'memory', steps: number): LoopMeasurement {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [file('training-loop.ts'), backend, what, String(steps)],
    { encoding: 'utf8', maxBuffer: 2 ** 26, env: trainerEnvironment(process.env) },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as LoopMeasurement;
}

/** Measure, and write the section. */
export async function overhead({ rounds, steps }: { rounds: number; steps: number }): Promise<void> {
  const rows: string[] = [];
  for (const backend of ['tensorflow', 'onnx'] as const) {
    const probes = await probeRatios(backend, { turns: rounds, steps });
    say(`${backend}: norms ${spread(probes, 1)} %`);
    const shares = Array.from({ length: rounds }, () => loop(backend, 'share', 2 * steps).share);
    say(`${backend}: loop ${spread(shares, 2)} %`);
    const { resident } = loop(backend, 'memory', 10_000);
    say(
      `${backend}: resident ${resident.map(({ step, megabytes }) => `${step}: ${megabytes.toFixed(0)} MB`).join(', ')}`,
    );
    const at = (step: number) => `${resident.find((one) => one.step === step)?.megabytes.toFixed(0)}`;
    rows.push(
      `| ${backend} | ${spread(probes, 1)} % | ${spread(shares, 2)} % | ${at(1000)}, ${at(2000)}, ${at(5000)}, ${at(10_000)} |`,
    );
  }
  writeSection('overhead', [
    '### What the rest costs',
    '',
    `\`npm run bench -- overhead\`, ${machine()}; ${rounds} rounds, median and range. Norms and loop: \`plain-30\`, batch 64. The loop's share is all that \`train\` does between two calls of the engine on real images (batches, errors, rules, reports to the server), of its whole time. Memory: a network of one convolution over 10,000 steps with norms at every step.`,
    '',
    '| engine | norms of all layers, more time a step | the loop’s share | MB resident at step 1,000, 2,000, 5,000, 10,000 |',
    '|---|---|---|---|',
    ...rows,
  ]);
}
