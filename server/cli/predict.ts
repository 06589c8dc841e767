import { resolve } from 'node:path';
import { Command } from 'commander';
import { Inference } from '../engines/inference.ts';
import { printableLine } from '../protocol/printable.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { predictFile } from '../testing/predict.ts';
import { readTrainedRun, type TrainedRun } from '../testing/trained-run.ts';
import { CommandError, Exit, print, printJson, say, styled, table } from './output.ts';
import { withReader } from './read-store.ts';
import {
  computing,
  forwardBackend,
  interruptible,
  type TestOptions,
  testOptions,
  withFailures,
} from './test-options.ts';

/** Classes that are told of each image (paper, Figure 4). */
const TOP = 5;

interface Prediction {
  readonly class: string;
  readonly label: number;
  /** Probability, averaged over the views. */
  readonly score: number;
}

function top(scores: Float64Array, { classes }: TrainedRun): Prediction[] {
  return Array.from(scores, (score, label) => ({ class: classes[label] ?? '', label, score: Math.exp(score) }))
    .toSorted((a, b) => b.score - a.score || a.label - b.label)
    .slice(0, TOP);
}

async function predict(name: string, images: readonly string[], options: TestOptions): Promise<void> {
  const trained = await readTrainedRun(await withReader(({ show }) => show(name)));
  const views = options.views ?? trained.config.evaluate.views;
  const scales = options.scales ?? trained.config.evaluate.scales;
  const inference = new Inference(trained.network, await forwardBackend(options), trained.weights);
  const { run, state } = trained;
  let bad = 0;
  try {
    await interruptible(async (check) => {
      for (const image of images) {
        try {
          const scores = await predictFile(resolve(image), { trained, inference, views, scales });
          const predictions = top(scores, trained);
          if (options.json) printJson({ event: 'prediction', run, step: state.step, image, views, top: predictions });
          else
            print(
              `${styled('bold', printableLine(image))}\n${table(predictions.map(({ score, ...own }) => [`  ${score.toFixed(3)}`, own.class]))}`,
            );
        } catch (error) {
          if (!(error instanceof RunFailure)) throw error;
          bad++;
          say(error.message);
          if (options.json) printJson({ event: 'prediction', run, step: state.step, image, error: error.message });
        }
        await new Promise((done) => setImmediate(done));
        check();
      }
    });
  } finally {
    await inference.close();
  }
  if (bad > 0) throw new CommandError(Exit.badInput, `${bad} of ${images.length} images can't be used.`);
}

/** `rectiscope predict RUN IMAGE…` */
export function predictCommand(): Command {
  const command = new Command('predict')
    .description('The five most likely classes of images, with scores, by the weights of a run’s last checkpoint.')
    .argument('<run>', 'id, prefix of an id, or name')
    .argument('<image...>', 'png, jpeg or webp files');
  for (const option of testOptions()) command.addOption(option);
  return command.action((run: string, images: string[], options: TestOptions) =>
    computing([options.backend], () => withFailures(() => predict(run, images, options))),
  );
}
