import type { Dataset } from '../data/dataset.ts';
import type { SplitName } from '../data/image.ts';
import type { Views } from '../domain/config.ts';
import { meanScores } from '../domain/evaluation/scores.ts';
import type { Inference } from '../engines/inference.ts';
import { scoreViews } from './views.ts';

export interface SplitScoring {
  readonly inference: Inference;
  readonly dataset: Dataset;
  readonly split: SplitName;
  readonly views: Views;
  /** Shorter sides; empty: the size at which training tests. */
  readonly scales: readonly number[];
  /** Number of examples, from the first; default: all of the split. */
  readonly examples?: number;
  /** Called with the label and the logarithm of each class's score of one example, in the order of the split. */
  readonly onScores: (index: number, label: number, scores: Float64Array) => void;
  /** Called between images; may throw to end the scoring. */
  readonly onProgress: (done: number) => void;
}

/** Images that are read in parallel. */
const AT_ONCE = 16;

/** Scores of the examples of a split, averaged over views, then over scales. */
export async function scoreSplit({ inference, dataset, split, views, scales, ...rest }: SplitScoring): Promise<void> {
  const count = rest.examples ?? (split === 'val' ? dataset.valCount : dataset.trainCount);
  const normalize = dataset.normalize.bind(dataset);
  const sizes = scales.length > 0 ? scales : [undefined];
  const groups = Array.from({ length: Math.ceil(count / AT_ONCE) }, (_, i) => i * AT_ONCE).flatMap((begin) =>
    sizes.map((side) => ({ begin, side, images: Math.min(AT_ONCE, count - begin) })),
  );
  const read = ({ begin, side, images }: (typeof groups)[number]) => {
    const coming = Promise.all(Array.from({ length: images }, (_, i) => dataset.testImage(split, begin + i, side)));
    // A failure is thrown when the group is processed.
    coming.catch(() => {});
    return coming;
  };
  let coming = groups[0] && read(groups[0]);
  let bySize: Float64Array[][] = [];
  for (const [g, { begin }] of groups.entries()) {
    const images = (await coming) ?? [];
    // Threads read the next images while the network works on these.
    const next = groups[g + 1];
    coming = next && read(next);
    const named = images.map((image, i) => ({ name: dataset.exampleName(split, begin + i), image }));
    bySize.push(await scoreViews(named, { inference, views, normalize, onCall: () => rest.onProgress(begin) }));
    if (bySize.length === sizes.length) {
      for (const [i, { label }] of images.entries())
        rest.onScores(begin + i, label, meanScores(bySize.map((scores) => scores[i] as Float64Array)));
      bySize = [];
    }
    rest.onProgress(next?.begin ?? count);
  }
}
