/** Errors in test mode over a split. */

import type { Dataset } from '../data/dataset.ts';
import type { SplitName } from '../data/image.ts';
import type { EvaluateConfig } from '../domain/config.ts';
import { ErrorCounter } from '../domain/evaluation/metrics.ts';
import { mapSize } from '../domain/shapes/size.ts';
import type { Engine } from '../engines/engine.ts';
import type { Inference } from '../engines/inference.ts';
import type { EvaluationEvent } from '../protocol/events.ts';
import { scoreSplit } from './score-split.ts';

/** Training examples whose loss is computed in test mode, to compare with validation: 5 % of noise at 640. */
const TRAIN_EXAMPLES = 640;

/** Larger confusion matrices are not reported. */
export const MOST_CLASSES = 100;

/** Images that are listed of each of the worst classes. */
const WORST_IMAGES = 4;

interface EvaluationOptions {
  readonly engine: Engine;
  /** For views that the engine, with its training batches, can't test. */
  readonly inference: Inference | undefined;
  readonly dataset: Dataset;
  readonly batchSize: number;
  readonly classes: number;
  readonly config: Pick<EvaluateConfig, 'views' | 'scales'>;
  /** Called after each batch: an evaluation may take long, and the server expects heartbeats. */
  readonly onBatch: () => void;
}

/** Whether more is requested than an engine's own batches: the centre, at the training size. */
export const needsInference = ({ views, scales }: EvaluationOptions['config']): boolean =>
  views !== 'center' || scales.length > 0;

async function measure(
  split: SplitName,
  examples: number,
  { engine, inference, dataset, batchSize, classes, config, onBatch }: EvaluationOptions,
): Promise<ErrorCounter> {
  const isVal = split === 'val';
  const counter = new ErrorCounter(classes, {
    confusion: isVal && classes <= MOST_CLASSES,
    worst: isVal ? WORST_IMAGES : 0,
  });
  if (inference) {
    await scoreSplit({
      ...{ inference, dataset, split, examples, views: config.views, scales: config.scales },
      onScores: (_, label, scores) => counter.add(scores, [label]),
      onProgress: onBatch,
    });
    return counter;
  }
  const images = new Float32Array(batchSize * mapSize(dataset.shape));
  const labels = new Int32Array(batchSize);
  for (let begin = 0; begin < examples; ) {
    const count = Math.min(await dataset.testBatch(split, begin, { images, labels }), examples - begin);
    // The last batch may be partly filled with old examples; their scores are not counted.
    counter.add(await engine.evaluate(images), labels.subarray(0, count));
    begin += count;
    onBatch();
  }
  return counter;
}

/** Loss, top-1 and top-5 error over all of validation, also by class, and the loss over the first training examples. */
export async function evaluate(options: EvaluationOptions) {
  const { dataset, engine, inference } = options;
  inference?.assign(await engine.read());
  const val = await measure('val', dataset.valCount, options);
  const train = await measure('train', Math.min(TRAIN_EXAMPLES, dataset.trainCount), options);
  return {
    loss: val.loss,
    top1: val.top1,
    top5: val.top5,
    trainLoss: train.loss,
    trainTop1: train.top1,
    confusion: val.confusion,
    byClass: byClass(val, { dataset, split: 'val' }),
  };
}

/** Errors of each class and the worst images, as in events and `--json`. */
export function byClass(
  counter: ErrorCounter,
  { dataset, split }: { dataset: Dataset; split: SplitName },
): Required<Pick<EvaluationEvent, 'class_errors' | 'worst'>> {
  return {
    class_errors: counter.classes,
    worst: counter.worst.map(({ labelScore, ...mistaken }) => ({
      image: dataset.exampleName(split, mistaken.index),
      ...mistaken,
      label_score: labelScore,
    })),
  };
}
