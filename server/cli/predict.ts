import { Command } from 'commander';
import { formatFixed } from '../domain/numbers/format.ts';
import { printableLine } from '../protocol/printable.ts';
import { predictImages } from '../tasks/predict.ts';
import { TaskError } from '../tasks/task-error.ts';
import { print, printJson, say, styled, table } from './output.ts';
import { withReader } from './read-store.ts';
import { computing, interruptible, type TestOptions, testOptions } from './test-options.ts';

async function predict(name: string, images: readonly string[], { json, ...plan }: TestOptions): Promise<void> {
  const snapshot = await withReader(({ show }) => show(name));
  let bad = 0;
  await interruptible(async (check) => {
    for await (const prediction of predictImages(snapshot, images, { ...plan, notice: say })) {
      if (prediction.error !== undefined) {
        bad++;
        say(prediction.error);
      } else if (!json) {
        const rows = prediction.top.map(({ score, ...own }) => [`  ${formatFixed(score, 3)}`, own.class]);
        print(`${styled('bold', printableLine(prediction.image))}\n${table(rows)}`);
      }
      if (json) printJson({ event: 'prediction', ...prediction });
      await new Promise((done) => setImmediate(done));
      check();
    }
  });
  if (bad > 0) throw new TaskError('badInput', `${bad} of ${images.length} images can't be used.`);
}

/** `rectiscope predict RUN IMAGE…` */
export function predictCommand(): Command {
  const command = new Command('predict')
    .description('The five most likely classes of each image, with scores, from a run’s last checkpoint.')
    .argument('<run>', 'id, prefix of an id, or name')
    .argument('<image...>', 'png, jpeg or webp files');
  for (const option of testOptions()) command.addOption(option);
  return command.action((run: string, images: string[], options: TestOptions) =>
    computing([options.backend], () => predict(run, images, options)),
  );
}
