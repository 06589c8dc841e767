import { Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../clock.ts';
import type { Backend } from '../protocol/events.ts';
import { chooseEngine } from '../trainer/backends/choose.ts';
import { RunFailure } from '../trainer/failure.ts';
import { timeSteps } from '../trainer/time-steps.ts';
import { WORKLOAD_NAMES, type WorkloadName, workload } from '../trainer/workloads.ts';
import { print, printJson, say, table } from './output.ts';
import { collect } from './run-files.ts';
import { computing } from './test-options.ts';

interface Timing {
  event: 'bench';
  backend: Backend;
  device: string;
  threads: number;
  parts: number;
  library: string;
  workload: WorkloadName;
  batch_size: number;
  step_ms: number;
  step_ms_p90: number;
  steps: number;
}

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;

async function time(backend: Backend, name: WorkloadName, steps: number): Promise<Timing> {
  const load = workload(name);
  const { engine, library } = await chooseEngine({
    backend,
    device: 'auto',
    pinned: undefined,
    network: load.network,
    batchSize: load.batchSize,
    train: { momentum: 0.9, weightDecay: 0.0005 },
  });
  try {
    const times = await timeSteps({
      engine,
      workload: load,
      clock: systemClock,
      steps,
      warm: Math.max(2, Math.ceil(steps / 6)),
    });
    return {
      event: 'bench',
      backend,
      device: engine.device,
      threads: engine.threads,
      parts: engine.parts,
      library,
      workload: name,
      batch_size: load.batchSize,
      step_ms: quantile(times, 0.5),
      step_ms_p90: quantile(times, 0.9),
      steps,
    };
  } finally {
    await engine.close();
  }
}

interface BenchOptions {
  workload?: readonly WorkloadName[];
  backend?: readonly Backend[];
  steps?: number;
  json?: boolean;
}

/** Steps that are timed where the user does not say. */
const STEPS: Record<WorkloadName, number> = { 'plain-30': 60, 'small-14': 10 };

const BACKENDS: readonly Backend[] = ['tensorflow', 'onnx'];

/** Reads a repeatable option whose values are known. */
const oneOf =
  (choices: readonly string[]) =>
  (value: string, before: readonly string[] | undefined): string[] => {
    if (!choices.includes(value)) throw new InvalidArgumentError(`Choose from ${choices.join(', ')}.`);
    return collect(value, before);
  };

function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Write a whole number, 1 or more.');
  return value;
}

async function bench(
  names: readonly WorkloadName[],
  backends: readonly Backend[],
  options: BenchOptions,
): Promise<void> {
  const { steps, json = false } = options;
  const rows: string[][] = [['workload', 'batch', 'backend', 'device', 'threads', 'ms a step', '90 %']];
  for (const name of names)
    for (const backend of backends) {
      if (!json) say(`${name} on ${backend} …`);
      try {
        const timing = await time(backend, name, steps ?? STEPS[name]);
        if (json) printJson(timing);
        rows.push([
          name,
          String(timing.batch_size),
          `${backend} (${timing.library})`,
          timing.device,
          String(timing.threads),
          timing.step_ms.toFixed(1),
          timing.step_ms_p90.toFixed(1),
        ]);
      } catch (error) {
        if (!(error instanceof RunFailure)) throw error;
        say(`${backend}: ${error.message}`);
      }
    }
  if (!json) print(table(rows));
}

/** `rectiscope bench` */
export function benchCommand(): Command {
  return new Command('bench')
    .description('Time of a training step on every backend that this machine has.')
    .addOption(new Option('--workload <name>', 'network; repeatable').argParser(oneOf(WORKLOAD_NAMES)))
    .addOption(new Option('--backend <name>', 'backend; repeatable').argParser(oneOf(BACKENDS)))
    .option('--steps <n>', 'steps to time', positiveInteger)
    .option('--json', 'one JSON line a measurement')
    .action(({ workload: names = WORKLOAD_NAMES, backend: backends = BACKENDS, ...options }: BenchOptions) =>
      computing(backends, () => bench(names, backends, options)),
    );
}
