/** The most likely classes of image files, by the weights of a run's last checkpoint. */
import { resolve } from 'node:path';
import type { Views } from '../domain/config.ts';
import { Inference } from '../engines/inference.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { predictFile } from '../testing/predict.ts';
import { readTrainedRun, type TrainedRun } from '../testing/trained-run.ts';
import { settlePlan, type TestPlan } from './test-plan.ts';

/** Classes that are listed for each image (paper, Figure 4). */
const TOP = 5;

interface LikelyClass {
  readonly class: string;
  readonly label: number;
  /** Probability, averaged over the views. */
  readonly score: number;
}

/** The result for one image: its classes, the likeliest first, or why it can't be used. */
export type Prediction = { readonly run: string; readonly step: number; readonly image: string } & (
  | { readonly views: Views; readonly top: readonly LikelyClass[]; readonly error?: undefined }
  | { readonly error: string }
);

function likeliest(scores: Float64Array, { classes }: TrainedRun): LikelyClass[] {
  return Array.from(scores, (score, label) => ({ class: classes[label] ?? '', label, score: Math.exp(score) }))
    .toSorted((a, b) => b.score - a.score || a.label - b.label)
    .slice(0, TOP);
}

/** Predicts images in order. Throws a RunFailure if the run has no weights. */
export async function* predictImages(
  snapshot: RunSnapshot,
  images: readonly string[],
  plan: TestPlan,
): AsyncGenerator<Prediction> {
  const trained = await readTrainedRun(snapshot);
  const { backend, views, scales } = await settlePlan(trained, plan);
  const inference = new Inference(trained.network, backend, trained.weights);
  const { run, state } = trained;
  try {
    for (const image of images) {
      const about = { run, step: state.step, image };
      try {
        const scores = await predictFile(resolve(image), { trained, inference, views, scales });
        yield { ...about, views, top: likeliest(scores, trained) };
      } catch (error) {
        if (!(error instanceof RunFailure)) throw error;
        yield { ...about, error: error.message };
      }
    }
  } finally {
    await inference.close();
  }
}
