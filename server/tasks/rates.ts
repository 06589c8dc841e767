/** A learning-rate range test of a run file: on a copy that is discarded. */
import { fixRate } from '../domain/rules/fixes.ts';
import { labelEntropy } from '../domain/rules/history.ts';
import { RATE_SWEEP, type RatePoint, type RateSuggestion, suggestRate } from '../domain/schedule/rate-range.ts';
import type { FindingEvent } from '../protocol/events.ts';
import { applyEdits } from '../run-file/edit.ts';
import { describeFix } from '../run-file/findings.ts';
import { testRates } from '../testing/test-rates.ts';
import type { Cause } from './test-lines.ts';
import { type CopyOptions, causesIn, readConfig, withTrainingCopy } from './training-copy.ts';

/** The result of a range test. */
export interface RateTest extends RateSuggestion {
  readonly points: readonly RatePoint[];
  /** The rate in the file. */
  readonly written: number;
  /** If the suggestion differs from the file's rate: its fix, and the text with it. */
  readonly fixed?: { readonly fix: NonNullable<FindingEvent['fix']>; readonly text: string };
  /** Where no rate helps: what `check` says of the network and its data, its causes, not what follows from them. */
  readonly causes: readonly Cause[];
}

/** Test a text as if it stood in the file. Throws a TaskError where it has mistakes or can't be trained. */
export async function testFileRates(file: string, text: string, options: CopyOptions): Promise<RateTest> {
  const read = readConfig(file, text);
  const { config, positions } = read;
  const { points, suggestion } = await withTrainingCopy(read, options, async (copy) => {
    const onStep = ({ length }: readonly RatePoint[]) => {
      options.check();
      options.progress(length, RATE_SWEEP.steps);
    };
    const swept = await testRates({ ...copy, sweep: RATE_SWEEP, onStep });
    return { points: swept, suggestion: suggestRate(swept, labelEntropy(copy.dataset.classCounts)) };
  });
  const { rate } = suggestion;
  const written = config.train.learningRate;
  const fix = rate === undefined || rate === written ? undefined : describeFix(fixRate(rate), positions);
  return {
    ...suggestion,
    points,
    written,
    ...(fix && { fixed: { fix, text: applyEdits(positions, fix.edits) } }),
    causes: rate === undefined ? await causesIn(file, text) : [],
  };
}
