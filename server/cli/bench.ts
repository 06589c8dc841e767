import { Command, InvalidArgumentError, Option } from 'commander';
import { placeNetwork } from '../domain/network/network.ts';
import { formatFixed } from '../domain/numbers/format.ts';
import { median, quantile } from '../domain/numbers/statistics.ts';
import { partsFile, rememberParts } from '../engines/measured-parts.ts';
import type { Backend, Device } from '../protocol/events.ts';
import { placedMistakes } from '../run-file/mistake.ts';
import { readRunFile } from '../run-file/read.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { isoTime, systemClock } from '../system/clock.ts';
import { placeOf, readText } from '../tasks/run-files.ts';
import { TaskError } from '../tasks/task-error.ts';
import { WORKLOAD_NAMES, type Workload, type WorkloadName, workload } from '../timing/workloads.ts';
import { collect } from './collect.ts';
import { deviceOption } from './engine-options.ts';
import { print, printJson, say, table } from './output.ts';
import { type PartsTiming, timeParts } from './time-parts.ts';

interface BenchOptions {
  readonly workload?: readonly WorkloadName[];
  readonly backend?: readonly Backend[];
  readonly device: Device | 'auto';
  readonly parts?: number;
  readonly steps?: number;
  readonly json?: boolean;
}

/** Multiply-adds of the steps that are timed where the user does not say: some seconds on two cores. */
const STEPS: Record<WorkloadName, number> = { 'plain-30': 60, 'small-14': 10 };
/** Of a network of the user's. */
const STEPS_OF_A_FILE = 24;

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

/** A run file's network and batch. */
function workloadOf(file: string): Workload {
  const { config, mistakes } = readRunFile(readText(file), { ...placeOf(file), forCheck: true });
  if (!config) throw new TaskError('badInput', placedMistakes(file, mistakes));
  return { name: file, network: placeNetwork(config.network), batchSize: config.train.batchSize };
}

/** What one measurement says, as the contract's JSON line has it. */
const toJson = (
  { name, batchSize }: Workload,
  { backend, ...timing }: PartsTiming & { backend: Backend },
  others: readonly PartsTiming[],
) => ({
  event: 'bench',
  backend,
  device: timing.engine.device,
  threads: timing.engine.threads,
  workload: name,
  batch_size: batchSize,
  step_ms: median(timing.steps),
  step_ms_p90: quantile(timing.steps, 0.9),
  steps: timing.steps.length,
  evaluate_ms: median(timing.evaluations),
  parts: timing.engine.parts,
  library: timing.engine.library,
  others: others.map(({ engine, steps, evaluations }) => ({
    parts: engine.parts,
    step_ms: median(steps),
    evaluate_ms: median(evaluations),
  })),
});

const HEADINGS = [
  'network',
  'batch',
  'backend',
  'device',
  'threads',
  'parts',
  'ms per step',
  '90 %',
  'ms per test',
  '',
];

const toRow = (
  { name, batchSize }: Workload,
  backend: Backend,
  { engine, steps, evaluations }: PartsTiming,
): string[] => [
  name,
  String(batchSize),
  `${backend} (${engine.library})`,
  engine.device,
  String(engine.threads),
  String(engine.parts),
  formatFixed(median(steps), 1),
  formatFixed(quantile(steps, 0.9), 1),
  formatFixed(median(evaluations), 1),
];

async function bench(
  workloads: readonly (readonly [load: Workload, steps: number])[],
  { backend: backends = BACKENDS, device, parts, steps, json = false }: BenchOptions,
): Promise<void> {
  const rows = [HEADINGS];
  let remembered = false;
  for (const [load, usual] of workloads)
    for (const backend of backends) {
      if (!json) say(`${load.name} on ${backend} …`);
      try {
        const count = steps ?? usual;
        const timings = await timeParts(load, { backend, device, count, ...(parts !== undefined && { parts }) });
        const [best, ...others] = timings;
        if (!best) continue;
        if (json) printJson(toJson(load, { backend, ...best }, others));
        for (const timing of timings)
          rows.push([...toRow(load, backend, timing), timing === best && others.length > 0 ? 'best' : '']);
        // Fewer steps than usual say too little to act on.
        if (others.length > 0 && best.engine.device === 'cpu' && count >= usual) {
          remembered = true;
          await rememberParts(
            { backend, network: load.network, batchSize: load.batchSize },
            { parts: best.engine.parts, stepMs: median(best.steps), measured: isoTime(systemClock) },
          );
        }
      } catch (error) {
        if (!(error instanceof RunFailure)) throw error;
        say(`${backend}: ${error.message}`);
      }
    }
  if (!json) print(table(rows));
  if (remembered)
    say(
      `Saved in ${partsFile()}: new runs of these networks with this batch size split batches into the fastest number of parts.`,
    );
}

/** `rectiscope bench` */
export function benchCommand(): Command {
  return new Command('bench')
    .description(
      'Time of a training step, and of testing a batch, on every backend of this machine; the fastest number of parts of a batch is saved for new runs.',
    )
    .argument('[files...]', 'run files whose networks are timed, on noise')
    .addOption(new Option('--workload <name>', 'network; repeatable').argParser(oneOf(WORKLOAD_NAMES)))
    .addOption(new Option('--backend <name>', 'backend; repeatable').argParser(oneOf(BACKENDS)))
    .addOption(deviceOption())
    .option('--parts <n>', 'only this number of parts; nothing is saved', positiveInteger)
    .option('--steps <n>', 'steps to time; with fewer than usual nothing is saved', positiveInteger)
    .option('--json', 'one JSON line per measurement')
    .action((files: readonly string[], options: BenchOptions) => {
      const names = options.workload ?? (files.length > 0 ? [] : WORKLOAD_NAMES);
      const workloads = [
        ...files.map((file) => [workloadOf(file), STEPS_OF_A_FILE] as const),
        ...names.map((name) => [workload(name), STEPS[name]] as const),
      ];
      for (const [{ name, batchSize }] of workloads)
        if (options.parts !== undefined && options.parts > batchSize)
          throw new TaskError(
            'badInput',
            `--parts ${options.parts}: a batch of ${name} has ${batchSize} examples, and each part needs at least one.`,
          );
      return bench(workloads, options);
    });
}
