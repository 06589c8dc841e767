/** A learning-rate range test of a run file: on a copy, of which nothing is kept. */
import { readInitialWeights } from '../checkpoint/initial-weights.ts';
import { openDataset } from '../data/open.ts';
import type { RunConfig } from '../domain/config.ts';
import { placeNetwork } from '../domain/network/network.ts';
import { fixRate } from '../domain/rules/fixes.ts';
import { labelEntropy } from '../domain/rules/history.ts';
import { RATE_SWEEP, type RatePoint, type RateSuggestion, suggestRate } from '../domain/schedule/rate-range.ts';
import { chooseEngine } from '../engines/choose.ts';
import { WeightOutlines } from '../formats/weight-file.ts';
import type { Backend, Device, FindingEvent } from '../protocol/events.ts';
import { checkRunFile } from '../run-file/check.ts';
import { applyEdits } from '../run-file/edit.ts';
import { describeFix } from '../run-file/findings.ts';
import { placedMistakes } from '../run-file/mistake.ts';
import type { Positions } from '../run-file/positions.ts';
import { readRunFile } from '../run-file/read.ts';
import { placed, RunFailure } from '../run-file/run-failure.ts';
import { testRates } from '../testing/test-rates.ts';
import { placeOf } from './run-files.ts';
import { TaskError } from './task-error.ts';

interface RateTestOptions {
  readonly backend: Backend | 'auto';
  readonly device: Device | 'auto';
  /** Called between steps: may throw to end the test. */
  readonly check: () => void;
  /** Gets how many steps of at most how many were taken. */
  readonly progress: (step: number, most: number) => void;
  /** Gets what the user should know of the data and the engine. */
  readonly notice: (text: string) => void;
}

/** What a range test comes to. */
export interface RateTest extends RateSuggestion {
  readonly points: readonly RatePoint[];
  /** The rate that the file has. */
  readonly written: number;
  /** Where the suggestion is another rate than the file's: its fix, and the text with it. */
  readonly fixed?: { readonly fix: NonNullable<FindingEvent['fix']>; readonly text: string };
  /** Where no rate helps: what `check` says of the network, its causes, not what follows from them. */
  readonly causes: readonly Pick<FindingEvent, 'rule' | 'line' | 'column' | 'message'>[];
}

/** Open the data and an engine, sweep, and put both away again. */
async function sweep(
  config: RunConfig,
  {
    backend,
    device,
    check,
    progress,
    notice,
    ...place
  }: RateTestOptions & { readonly file: string; readonly positions: Positions },
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
    const { engine, notices } = await chooseEngine({ backend, device, pinned: undefined, network, batchSize, train });
    for (const text of [...dataset.notices, ...notices]) notice(text);
    const onStep = ({ length }: readonly RatePoint[]) => {
      check();
      progress(length, RATE_SWEEP.steps);
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

const causesIn = (file: string, text: string) =>
  (checkRunFile(text, { ...placeOf(file), readStored: new WeightOutlines().read }).checked?.findings ?? []).filter(
    ({ cause, severity }) => cause === undefined && severity !== 'information',
  );

/** Test a text as if it stood in the file. Throws a TaskError where it has mistakes or can't be trained. */
export async function testFileRates(file: string, text: string, options: RateTestOptions): Promise<RateTest> {
  const { config, mistakes, positions } = readRunFile(text, placeOf(file));
  if (!config) throw new TaskError('badInput', placedMistakes(file, mistakes));
  const { points, suggestion } = await sweep(config, { ...options, file, positions }).catch((error: unknown) => {
    throw error instanceof RunFailure ? new TaskError('badInput', placed(file, positions, error)) : error;
  });
  const { rate } = suggestion;
  const written = config.train.learningRate;
  const fix = rate === undefined || rate === written ? undefined : describeFix(fixRate(rate), positions);
  return {
    ...suggestion,
    points,
    written,
    ...(fix && { fixed: { fix, text: applyEdits(positions, fix.edits) } }),
    causes: rate === undefined ? causesIn(file, text) : [],
  };
}
