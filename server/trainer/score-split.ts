import type { Views } from '../domain/config.ts';
import { meanScores } from '../domain/scores.ts';
import type { Dataset } from './data/dataset.ts';
import type { SplitName } from './data/image.ts';
import type { Inference } from './inference.ts';
import { scoreViews } from './views.ts';

export interface SplitScoring {
  readonly inference: Inference;
  readonly dataset: Dataset;
  readonly split: SplitName;
  readonly views: Views;
  /** Shorter sides; empty: the size at which training tests. */
  readonly scales: readonly number[];
  /** Examples from the first one on; default: all of the split. */
  readonly examples?: number;
  /** Takes the label and the logarithm of each class's score of one example; they come in the order of the split. */
  readonly onScores: (index: number, label: number, scores: Float64Array) => void;
  /** Called between images; what it throws ends the scoring. */
  readonly onProgress: (done: number) => void;
}

/** Images that are read side by side. */
const AT_ONCE = 16;

/** Scores of the examples of a split, averaged over views, then over scales. */
export async function scoreSplit({ inference, dataset, split, views, scales, ...rest }: SplitScoring): Promise<void> {
  const count = rest.examples ?? (split === 'val' ? dataset.valCount : dataset.trainCount);
  const normalize = dataset.normalize.bind(dataset);
  const sizes = scales.length > 0 ? scales : [undefined];
  for (let begin = 0; begin < count; begin += AT_ONCE) {
    const indices = Array.from({ length: Math.min(AT_ONCE, count - begin) }, (_, i) => begin + i);
    const bySize: Float64Array[][] = [];
    let labels: number[] = [];
    for (const side of sizes) {
      const images = await Promise.all(indices.map((i) => dataset.testImage(split, i, side)));
      labels = images.map(({ label }) => label);
      const named = images.map((image, i) => ({ name: dataset.exampleName(split, begin + i), image }));
      bySize.push(await scoreViews(named, { inference, views, normalize }));
      // A session call blocks the thread: let signals and messages in.
      await new Promise((resolve) => setImmediate(resolve));
      rest.onProgress(begin);
    }
    labels.forEach((label, i) => {
      rest.onScores(begin + i, label, meanScores(bySize.map((scores) => scores[i] as Float64Array)));
    });
    rest.onProgress(begin + indices.length);
  }
}
