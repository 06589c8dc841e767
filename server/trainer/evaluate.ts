/** Errors in test mode over a split. */
import { ErrorCounter } from '../domain/metrics.ts';
import { mapSize } from '../domain/network/size.ts';
import type { Dataset } from './data/dataset.ts';
import type { Engine } from './engine.ts';

/** Training examples whose loss is taken in test mode, to set beside that of validation: 5 % of noise at 640. */
const TRAIN_EXAMPLES = 640;

/** Larger confusion matrices are not reported. */
const MOST_CLASSES = 100;

interface EvaluationOptions {
  readonly engine: Engine;
  readonly dataset: Dataset;
  readonly batchSize: number;
  readonly classes: number;
  /** Called after each batch: an evaluation may take long, and the server waits for a sign of life. */
  readonly onBatch: () => void;
}

async function measure(
  split: 'train' | 'val',
  examples: number,
  { engine, dataset, batchSize, classes, onBatch }: EvaluationOptions,
): Promise<ErrorCounter> {
  const images = new Float32Array(batchSize * mapSize(dataset.shape));
  const labels = new Int32Array(batchSize);
  const counter = new ErrorCounter(classes, { confusion: split === 'val' && classes <= MOST_CLASSES });
  for (let begin = 0; begin < examples; ) {
    const count = Math.min(await dataset.testBatch(split, begin, { images, labels }), examples - begin);
    // A batch that is not full is evaluated with what was there before; those scores are not counted.
    counter.add(await engine.evaluate(images), labels.subarray(0, count));
    begin += count;
    onBatch();
  }
  return counter;
}

/** Loss, top-1 and top-5 error over all of validation, and the loss over the first training examples. */
export async function evaluate(options: EvaluationOptions) {
  const { dataset } = options;
  const val = await measure('val', dataset.valCount, options);
  const train = await measure('train', Math.min(TRAIN_EXAMPLES, dataset.trainCount), options);
  return {
    loss: val.loss,
    top1: val.top1,
    top5: val.top5,
    trainLoss: train.loss,
    trainTop1: train.top1,
    confusion: val.confusion,
  };
}
