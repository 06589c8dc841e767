/** Whether a run file's network can learn two batches by heart: tested on a copy, of which nothing is kept. */
import {
  lastRound,
  OVERFIT_STEPS,
  type OverfitBatches,
  type OverfitStep,
  overfitVerdict,
} from '../domain/evaluation/overfit.ts';
import { toScalar } from '../protocol/scalar.ts';
import { type Contradiction, drawOverfitBatches, testOverfitting } from '../testing/overfit.ts';
import type { OverfitLine } from './test-lines.ts';
import { type CopyOptions, causesIn, readConfig, withTrainingCopy } from './training-copy.ts';

/** Contradictions that a verdict names. */
const MOST_NAMED = 3;

interface Tested extends Pick<OverfitLine, 'learns' | 'verdict'> {
  readonly steps: readonly OverfitStep[];
  readonly about: OverfitBatches;
}

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
  const { learns, verdict, steps, about } = await withTrainingCopy(read, options, async (copy): Promise<Tested> => {
    const data = await drawOverfitBatches(copy.dataset, copy.config);
    const { about: batches, contradictions } = data;
    const known = { steps: [], about: batches, learns: null };
    if (contradictions.length > 0) return { ...known, verdict: impossible(contradictions) };
    if (batches.guessing === 0)
      return {
        ...known,
        verdict:
          'There is nothing to learn: all training images are of one class. Check `data.source` and its folders.',
      };
    const onStep = ({ length }: readonly OverfitStep[]) => {
      options.check();
      options.progress(length, OVERFIT_STEPS);
    };
    const { outcome, ...taken } = await testOverfitting({ ...copy, data, onStep });
    const learnt = outcome === 'learns';
    return { ...taken, about: batches, learns: learnt, verdict: overfitVerdict(outcome, taken.steps, batches) };
  });
  const { loss, right } = lastRound(steps, about);
  const causes = learns === true ? [] : await causesIn(file, text);
  return {
    event: 'overfit',
    file,
    learns,
    steps: steps.length,
    loss: steps.length === 0 ? null : toScalar(loss),
    guessing: about.guessing,
    examples: about.batches * about.batchSize,
    right,
    verdict,
    findings: causes,
  };
}
