/** `rectiscope lr FILE`: a learning-rate range test on a copy; nothing of it is kept, and no server is needed. */
import { writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { Command } from 'commander';
import { readInitialWeights } from '../checkpoint/initial-weights.ts';
import { openDataset } from '../data/open.ts';
import type { RunConfig } from '../domain/config.ts';
import { placeNetwork } from '../domain/network/network.ts';
import { labelEntropy } from '../domain/rules/history.ts';
import { fixRate } from '../domain/rules/shared-fixes.ts';
import { RATE_SWEEP, type RatePoint, type RateSuggestion, suggestRate } from '../domain/schedule/rate-range.ts';
import { chooseEngine } from '../engines/choose.ts';
import { WeightOutlines } from '../formats/weight-file.ts';
import type { Backend, Device } from '../protocol/events.ts';
import { toScalar } from '../protocol/scalar.ts';
import { checkRunFile } from '../run-file/check.ts';
import { applyEdits } from '../run-file/edit.ts';
import { describeFix } from '../run-file/findings.ts';
import type { Positions } from '../run-file/positions.ts';
import { readRunFile } from '../run-file/read.ts';
import { placed, RunFailure } from '../run-file/run-failure.ts';
import { systemClock } from '../system/clock.ts';
import { testRates } from '../testing/test-rates.ts';
import { backendOption, deviceOption } from './engine-options.ts';
import { CommandError, Exit, print, printJson, say, styled } from './output.ts';
import { plotText } from './plot.ts';
import { describeMistake, readText } from './run-files.ts';
import { computing, interruptible } from './test-options.ts';

interface LrOptions {
  readonly backend: Backend | 'auto';
  readonly device: Device | 'auto';
  readonly write: boolean;
  readonly stdin: boolean;
  readonly json: boolean;
}

/** Open the data and an engine, sweep, and put both away again. */
async function sweep(
  config: RunConfig,
  {
    backend,
    device,
    check,
    ...place
  }: Pick<LrOptions, 'backend' | 'device'> & { check: () => void; file: string; positions: Positions },
): Promise<{ points: RatePoint[]; suggestion: RateSuggestion }> {
  const network = placeNetwork(config.network);
  const stored = readInitialWeights(config, network, place)?.values;
  const { seed, train, data } = config;
  const { batchSize } = train;
  if (!data)
    throw new RunFailure('the file names no data to train on: write `data: {source: fashion-mnist}`.', ['data']);
  const { input, classes } = network;
  const dataset = await openDataset(data, { seed, input, classes, batchSize, onProgress: check });
  try {
    const { engine, notices } = await chooseEngine({
      backend,
      device,
      pinned: undefined,
      network,
      batchSize,
      train,
      report: say,
    });
    for (const notice of [...dataset.notices, ...notices]) say(notice);
    let told = systemClock.monotonic();
    const onStep = ({ length }: readonly RatePoint[]) => {
      check();
      if (systemClock.monotonic() - told < 2000) return;
      told = systemClock.monotonic();
      say(`step ${length} of at most ${RATE_SWEEP.steps}`);
    };
    try {
      const points = await testRates({ config, network, dataset, engine, sweep: RATE_SWEEP, stored, onStep });
      return { points, suggestion: suggestRate(points, labelEntropy(dataset.classCounts)) };
    } finally {
      await engine.close();
    }
  } finally {
    await dataset.close();
  }
}

/** Where a run file is, as its reader wants it. */
const placeOf = (file: string) => ({ fileName: file, folder: dirname(resolve(file)) });

/** What `check` says of a network that no rate helps: its causes, not what follows from them. */
const causesIn = (text: string, file: string) =>
  (checkRunFile(text, { ...placeOf(file), readStored: new WeightOutlines().read }).checked?.findings ?? []).filter(
    ({ cause, severity }) => cause === undefined && severity !== 'information',
  );

function show(points: readonly RatePoint[], rate: number | undefined): void {
  const curve = points.map(({ rate: x, smoothed }) => ({ x, y: smoothed }));
  // The explosion that ended the sweep would press everything else flat: what came before the least loss sets the scale.
  const least = curve.reduce((best, { y }, i) => (y < (curve[best]?.y ?? 0) ? i : best), 0);
  const top = 1.2 * Math.max(...curve.slice(0, least + 1).map(({ y }) => y));
  const dots = points.map(({ rate: x, loss }) => ({ x, y: loss }));
  print(
    plotText(
      curve.filter(({ y }) => y <= top),
      { dots, mark: rate, xLabel: 'learning rate', yLabel: 'loss (● smoothed, · each step)' },
    ),
  );
}

async function testFile(file: string, { write, json, stdin, ...options }: LrOptions): Promise<void> {
  if (stdin && write)
    throw new CommandError(
      Exit.badInput,
      '--write needs the file itself: leave --stdin out, or apply the fix of --json.',
    );
  const text = stdin ? await textOf(process.stdin) : readText(file);
  const runFile = readRunFile(text, placeOf(file));
  const { config, mistakes, positions } = runFile;
  if (!config)
    throw new CommandError(Exit.badInput, mistakes.map((mistake) => describeMistake(file, mistake)).join('\n'));
  const { points, suggestion } = await interruptible((check) =>
    sweep(config, { ...options, check, file, positions }),
  ).catch((error: unknown) => {
    throw error instanceof RunFailure ? new CommandError(Exit.badInput, placed(file, positions, error)) : error;
  });
  const { rate, reason } = suggestion;
  const isNew = rate !== undefined && rate !== config.train.learningRate;
  const fix = isNew ? describeFix(fixRate(rate), positions) : undefined;
  const causes = rate === undefined ? causesIn(text, file) : [];
  if (write && fix) writeFileSync(file, applyEdits(positions, fix.edits));
  if (rate === undefined) process.exitCode = Exit.badEnd;
  if (json) {
    const rows = points.map((point) => ({
      rate: point.rate,
      loss: toScalar(point.loss),
      smoothed: toScalar(point.smoothed),
    }));
    const rules = causes.map(({ rule, line, column, message }) => ({ rule, line, column, message }));
    const known = { written: config.train.learningRate, suggestion: rate ?? null, reason, findings: rules };
    return printJson({ event: 'lr', file, points: rows, ...known, ...(fix && { fix }) });
  }
  show(points, rate);
  print(`\n${reason}`);
  for (const { rule, line, column, message } of causes)
    print(`${file}:${line}:${column}: ${styled('red', rule)}: ${message}`);
  if (rate === undefined && causes.length === 0)
    print('`rectiscope check` finds no cause in the file: train it, and its findings will say more.');
  if (rate !== undefined) {
    const now = `the file has ${config.train.learningRate}`;
    const done = write ? 'Written: comments and layout stay.' : `\`rectiscope lr ${file} --write\` writes it.`;
    print(`${styled('bold', `learning_rate: ${rate}`)} (${now}).${isNew ? ` ${done}` : ''}`);
  }
}

/** `rectiscope lr FILE` */
export const lrCommand = (): Command =>
  new Command('lr')
    .description('Learning-rate range test on a copy: a curve, a suggestion, and its fix.')
    .argument('<file>', 'run file')
    .addOption(backendOption())
    .addOption(deviceOption())
    .option('--write', 'write the suggestion into the file; comments and layout stay', false)
    .option('--stdin', 'take the text from standard input, as if it stood in the file', false)
    .option('--json', 'one JSON object', false)
    .action((file: string, options: LrOptions) => computing([options.backend], () => testFile(file, options)));
