/** Whether a run file's network can learn two batches by heart: tested on a copy, of which nothing is kept. */
import {
  lastRound,
  OVERFIT_STEPS,
  type OverfitAttempt,
  type OverfitBatches,
  overfitVerdict,
} from '../domain/evaluation/overfit.ts';
import { toScalar } from '../protocol/scalar.ts';
import { type Contradiction, drawOverfitBatches, testOverfitting } from '../testing/overfit.ts';
import type { OverfitLine } from './test-lines.ts';
import { type CopyOptions, causesIn, readConfig, withTrainingCopy } from './training-copy.ts';

/** Contradictions that a verdict names. */
const MOST_NAMED = 3;

interface Tested {
  /** Empty: no network can learn these batches. */
  readonly attempts: readonly OverfitAttempt[];
  readonly about: OverfitBatches;
  readonly verdict: string;
}

const ONE_CLASS =
  'There is nothing to learn: all training images are of one class. Check `data.source` and its folders.';

function impossible(contradictions: readonly Contradiction[]): string {
  const named = contradictions
    .slice(0, MOST_NAMED)
    .map(({ examples }) => examples.map(({ name, class: label }) => `${name} is “${label}”`).join(', '));
  const more = contradictions.length > MOST_NAMED ? '; …' : '';
  const pairs = contradictions.length === 1 ? '1 pair' : `${contradictions.length} pairs`;
  return `No network can learn these two batches: ${pairs} of identical images have different labels (${named.join('; ')}${more}). Correct the labels, or remove the copies.`;
}

/** Test a text as if it stood in the file. Throws a TaskError where it has mistakes or can't be trained. */
export async function testFileOverfitting(file: string, text: string, options: CopyOptions): Promise<OverfitLine> {
  const read = readConfig(file, text);
  const { attempts, verdict, about } = await withTrainingCopy(read, options, async (copy): Promise<Tested> => {
    const data = await drawOverfitBatches(copy.dataset, copy.config);
    const { about: batches, contradictions } = data;
    if (contradictions.length > 0) return { attempts: [], about: batches, verdict: impossible(contradictions) };
    if (batches.guessing === 0) return { attempts: [], about: batches, verdict: ONE_CLASS };
    const onStep = (taken: number) => {
      options.check();
      options.progress(taken, OVERFIT_STEPS);
    };
    const tried = await testOverfitting({ ...copy, data, onStep });
    return { attempts: tried, about: batches, verdict: overfitVerdict(tried, batches) };
  });
  // What a lower rate has learnt counts; otherwise the file's own is what it is about.
  const shown = attempts.find(({ outcome }) => outcome === 'learns') ?? attempts[0];
  const learns = shown ? shown.outcome === 'learns' : null;
  const last = shown && lastRound(shown.steps, about);
  return {
    event: 'overfit',
    file,
    learns,
    rate: shown?.rate ?? null,
    steps: shown?.steps.length ?? 0,
    loss: last ? toScalar(last.loss) : null,
    guessing: about.guessing,
    examples: about.batches * about.batchSize,
    right: last?.right ?? 0,
    verdict,
    findings: learns === true ? [] : await causesIn(file, text),
  };
}
