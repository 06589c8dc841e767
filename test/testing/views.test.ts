/** Views of an image against a naive second implementation, and what training and commands make of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Image } from '../../server/data/image.ts';
import { evaluationProgram } from '../../server/domain/step/step.ts';
import { Inference } from '../../server/engines/inference.ts';
import { RunFailure } from '../../server/run-file/run-failure.ts';
import { scoreViews } from '../../server/testing/views.ts';
import { backends } from '../support/engines.ts';
import { interpret } from '../support/interpreter.ts';
import { conv, dense, feedFor, spp } from '../support/network-cases.ts';
import { networkOf } from '../support/networks.ts';
import { normals } from '../support/random.ts';
import { got } from '../support/tensor.ts';
import { runFile, uninterrupted } from '../support/tiny-run.ts';

const network = networkOf({ input: [6, 5, 2], layers: [conv(3, 3), spp(2, 1), dense(4)] });
const { variables } = feedFor(network, { batch: 1, seed: 12 });
const weights = new Map([...variables].map(([key, values]) => [key, Float32Array.from(values)]));

function imageOf(height: number, width: number): Image {
  const normal = normals(height * 31 + width);
  return { height, width, pixels: Float32Array.from({ length: height * width * 2 }, normal) };
}

/** A normalisation that differs by position: for a crop it is that of the crop. */
const normalize = (pixels: Float32Array, { width }: { width: number }) => {
  for (let j = 0; j < pixels.length; j++) pixels[j] = (pixels[j] ?? 0) * 0.5 + Math.floor(j / 2 / width) / 10;
};

/** Probabilities of one crop, by the interpreter. */
function naiveCrop(image: Image, top: number, left: number, mirrored: boolean): number[] {
  const pixels: number[] = [];
  for (let row = 0; row < 6; row++)
    for (let column = 0; column < 5; column++)
      for (let c = 0; c < 2; c++) {
        const from = mirrored ? 4 - column : column;
        const value = image.pixels[((top + row) * image.width + left + from) * 2 + c] ?? Number.NaN;
        pixels.push(value * 0.5 + row / 10);
      }
  const inputs = new Map([['evaluation_images', pixels]]);
  const result = interpret(evaluationProgram(network, 1), { inputs, variables, fetches: ['evaluation_logits'] });
  const powers = [...got(result.get('evaluation_logits'), 'logits').data].map(Math.exp);
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

describe('views of images', () => {
  const sizes = [
    [6, 5],
    [9, 8],
    [7, 12],
    [9, 8],
  ] as const;
  for (const backend of backends)
    for (const views of ['center', 'ten'] as const)
      it(`${backend.backend}, ${views}: the mean score of the crops`, { skip: backend.skip }, async () => {
        const inference = new Inference(network, await backend.forward(), weights);
        try {
          const images = sizes.map(([height, width]) => imageOf(height, width));
          const named = images.map((image, i) => ({ name: `image ${i}`, image }));
          const scores = await scoreViews(named, { inference, views, normalize });
          images.forEach((image, i) => {
            const [down, right] = [image.height - 6, image.width - 5];
            const center = [Math.floor(down / 2), Math.floor(right / 2)] as const;
            const places =
              views === 'center' ? [center] : ([center, [0, 0], [0, right], [down, 0], [down, right]] as const);
            const crops = places.flatMap(([top, left]) =>
              (views === 'center' ? [false] : [false, true]).map((turned) => naiveCrop(image, top, left, turned)),
            );
            for (let k = 0; k < 4; k++) {
              const mean = crops.reduce((sum, crop) => sum + (crop[k] ?? Number.NaN), 0) / crops.length;
              const actual = Math.exp(scores[i]?.[k] ?? Number.NaN);
              assert.ok(Math.abs(actual - mean) < 1e-5, `image ${i}, class ${k}: ${actual}, not ${mean}`);
            }
          });
        } finally {
          await inference.close();
        }
      });

  it('an image smaller than the input is named', async () => {
    const inference = new Inference(network, await got(backends[0], 'onnx').forward(), weights);
    for (const views of ['center', 'ten', 'dense'] as const)
      await assert.rejects(
        scoreViews([{ name: 'cat.png', image: imageOf(5, 9) }], { inference, views, normalize }),
        (error) => error instanceof RunFailure && /cat\.png is 5×9, smaller .* 6×5.*scales/.test(error.message),
      );
    await inference.close();
  });
});

describe('training tested in views', () => {
  const withViews = (views: string, scales: number[]) =>
    JSON.stringify({ ...JSON.parse(runFile({ steps: 8 })), evaluate: { every: '4 steps', views, scales } });

  for (const backend of backends)
    it(`${backend.backend}: weights are those of any other test, and events say what was tested`, {
      skip: backend.skip,
    }, async () => {
      const name = backend.backend;
      const [center, same, dense] = [
        await uninterrupted(name, runFile({ steps: 8 })),
        await uninterrupted(name, withViews('center', [6])),
        await uninterrupted(name, withViews('dense', [6, 9])),
      ];
      assert.equal(dense.weights, center.weights);
      assert.equal(same.weights, center.weights);
      center.evaluations.forEach((evaluation, i) => {
        const { loss, top1, confusion } = got(same.evaluations[i], 'evaluation');
        // One at the size of the images is the centre: other batches, the same numbers to rounding.
        assert.ok(Math.abs(Number(loss) - Number(evaluation.loss)) < 1e-5);
        assert.equal(top1, evaluation.top1);
        assert.deepEqual(confusion, evaluation.confusion);
        assert.equal(evaluation.scales, undefined);
      });
      for (const { views, scales, class_errors: classes, top1, worst } of dense.evaluations) {
        assert.equal(views, 'dense');
        assert.deepEqual(scales, [6, 9]);
        const sum = (counts: readonly number[] = []) => counts.reduce((a, b) => a + b, 0);
        assert.equal(sum(classes?.examples), 20);
        assert.equal((100 * sum(classes?.top1)) / 20, top1);
        assert.ok(
          (worst ?? []).every(({ label, predicted, label_score: own, score }) => label !== predicted && own <= score),
        );
      }
    });
});
