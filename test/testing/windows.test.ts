/** Dense testing against the brute-force evaluation of every window, in double precision. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Network, placeNetwork } from '../../server/domain/network/network.ts';
import { Builder } from '../../server/domain/program/builder.ts';
import { windowsProgram } from '../../server/domain/step/dense-windows.ts';
import { forward } from '../../server/domain/step/forward.ts';
import { evaluationProgram } from '../../server/domain/step/step.ts';
import { reader } from '../../server/domain/step/variables.ts';
import { Inference } from '../../server/engines/inference.ts';
import { backends } from '../support/engines.ts';
import { interpret } from '../support/interpreter.ts';
import { activations, averagePool, conv, dense, feedFor, maxPool, residual, spp } from '../support/network-cases.ts';
import { networkOf } from '../support/networks.ts';
import { fill, normals } from '../support/random.ts';
import { count, got, type Tensor } from '../support/tensor.ts';

interface Case {
  readonly name: string;
  readonly network: Network;
  /** Height and width of the images. */
  readonly sizes: readonly (readonly [number, number])[];
}

const cases: readonly Case[] = [
  {
    name: 'shortcuts',
    network: networkOf({
      input: [9, 8, 2],
      layers: [
        conv(4, 3, { padding: 'valid' }),
        residual([conv(5, 3), conv(4, 3)], { repeat: 2 }),
        residual([conv(6, 3, { stride: 2 }), conv(6, 1)], { shortcut: 'projection' }),
        'global_average_pool',
        dense(3),
      ],
    }),
    sizes: [
      [9, 8],
      [13, 14],
    ],
  },
  {
    name: 'a pyramid of even and uneven bins',
    network: networkOf({
      input: [9, 9, 2],
      layers: [
        conv(4, 3, { activation: activations['prelu a channel'] }),
        conv(5, 3),
        spp(5, 3, 2, 1),
        dense(7, { activation: activations['prelu a layer'] }),
        dense(3),
      ],
    }),
    sizes: [
      [9, 9],
      [11, 14],
      [17, 9],
    ],
  },
  {
    name: 'whole blocks of channels',
    network: networkOf({
      input: [9, 8, 2],
      layers: [
        conv(16, 3, { activation: activations['prelu a channel'] }),
        conv(32, 2),
        spp(3, 2, 1),
        dense(16),
        dense(3),
      ],
    }),
    sizes: [
      [9, 8],
      [11, 14],
    ],
  },
  {
    name: 'strides, pools that leave pixels over, no padding',
    network: networkOf({
      input: [23, 21, 3],
      layers: [
        conv(4, 5, { stride: 2, activation: activations['leaky'] }),
        maxPool(3, 2),
        conv(5, 2, { padding: 'valid' }),
        averagePool(2, 1),
        spp(2, 1),
        dense(4, { dropout: 0.5 }),
        dense(3),
      ],
    }),
    sizes: [
      [23, 21],
      [29, 40],
      [31, 27],
    ],
  },
  {
    name: 'a global average',
    network: networkOf({
      input: [8, 7, 1],
      layers: [conv(4, 3, { stride: 3, activation: 'none' }), conv(6, 2), 'global_average_pool', dense(4)],
    }),
    sizes: [
      [8, 7],
      [13, 19],
    ],
  },
  {
    name: 'a dense layer on a map that is not square',
    network: networkOf({
      input: [10, 6, 2],
      layers: [
        conv(3, 3, { stride: 2 }),
        dense(6, { activation: activations['prelu a channel'], dropout: 0.3 }),
        dense(5, { bias: false }),
        dense(3),
      ],
    }),
    sizes: [
      [10, 6],
      [15, 13],
    ],
  },
  {
    name: 'dense layers on the pixels',
    network: networkOf({ input: [3, 4, 2], layers: [dense(5), dense(3)] }),
    sizes: [[5, 7]],
  },
  {
    name: 'a convolution behind the pyramid',
    network: networkOf({ input: [6, 6, 1], layers: [conv(3, 3), spp(2, 1), conv(4, 3), dense(3)] }),
    sizes: [[7, 9]],
  },
];

const IMAGES = 2;
/** Single precision keeps 6e-8 of a number; probabilities after a few layers of some dozen numbers keep 1e-6. */
const TOLERANCE = 1e-5;

function softmax(logits: ArrayLike<number>): number[] {
  const all = Array.from(logits);
  const largest = Math.max(...all);
  const powers = all.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** The convolutions and pools over a whole image, [rows, columns, channels]. */
function lastMap(network: Network, first: number, image: Tensor, variables: ReadonlyMap<string, Float64Array>): Tensor {
  const [, height = 0, width = 0, channels = 0] = image.shape;
  const layers = network.layers.slice(0, first).map(({ layer }) => layer);
  if (layers.length === 0) return { shape: [height, width, channels], data: image.data };
  const trunk = placeNetwork({ input: [height, width, channels], layers });
  const b = new Builder();
  const images = b.input('images', image.shape);
  const pass = forward(
    b,
    { ...trunk, classes: count(got(trunk.layers.at(-1), 'a layer').output) },
    { images, read: reader(b, trunk) },
  );
  b.fetch('map', got(pass.layers.at(-1), 'a layer').forward.output);
  const map = got(
    interpret(b.program(), { inputs: new Map([['images', image.data]]), variables, fetches: ['map'] }).get('map'),
    'map',
  );
  return { shape: map.shape.slice(1), data: map.data };
}

/** Probabilities of every window of one image, one window cut out after the other. */
function bruteForce(network: Network, image: Tensor, variables: ReadonlyMap<string, Float64Array>): number[][] {
  const first = network.layers.findIndex(({ layer }) => ['dense', 'spp', 'global_average_pool'].includes(layer.type));
  const head = got(network.layers[first], 'a head');
  const map = lastMap(network, first, image, variables);
  const [rows = 0, columns = 0, channels = 0] = map.shape;
  const [height, width] = head.input;
  const above = placeNetwork({ input: head.input, layers: network.layers.slice(first).map(({ layer }) => layer) });
  const program = evaluationProgram(above, 1);
  const scores: number[][] = [];
  for (let top = 0; top + height <= rows; top++)
    for (let left = 0; left + width <= columns; left++) {
      const window: number[] = [];
      for (let row = top; row < top + height; row++)
        for (let column = left; column < left + width; column++)
          for (let c = 0; c < channels; c++)
            window.push(map.data[(row * columns + column) * channels + c] ?? Number.NaN);
      const inputs = new Map([['evaluation_images', window]]);
      const result = interpret(program, { inputs, variables, fetches: ['evaluation_logits'] });
      scores.push(softmax(got(result.get('evaluation_logits'), 'logits').data));
    }
  return scores;
}

describe('every window at once is every window for itself', () => {
  for (const backend of backends)
    for (const [i, { name, network, sizes }] of cases.entries())
      it(`${backend.backend}: ${name}`, { skip: backend.skip }, async () => {
        const { variables } = feedFor(network, { batch: 1, seed: 70 + i });
        const weights = new Map([...variables].map(([key, values]) => [key, Float32Array.from(values)]));
        const inference = new Inference(network, await backend.forward(), weights);
        try {
          for (const [height, width] of sizes) {
            const length = height * width * network.input[2];
            const normal = normals(height * 100 + width);
            const images = fill(IMAGES * length, () => Math.fround(normal()));
            const logits = await inference.windows(Float32Array.from(images), IMAGES, { height, width });
            for (let image = 0; image < IMAGES; image++) {
              const shape = [1, height, width, network.input[2]];
              const data = images.subarray(image * length, (image + 1) * length);
              const expected = bruteForce(network, { shape, data }, variables);
              assert.equal(logits.length, IMAGES * expected.length * network.classes);
              for (const [window, scores] of expected.entries()) {
                const begin = (image * expected.length + window) * network.classes;
                const actual = softmax(logits.subarray(begin, begin + network.classes));
                for (const [k, score] of scores.entries())
                  assert.ok(
                    Math.abs((actual[k] ?? Number.NaN) - score) < TOLERANCE,
                    `${height}×${width}, image ${image}, window ${window}, class ${k}: ${actual[k]}, not ${score}`,
                  );
              }
            }
          }
        } finally {
          await inference.close();
        }
      });
});

describe('windows of an image', () => {
  const network = networkOf({ input: [6, 6, 1], layers: [conv(2, 3), spp(1), dense(3)] });

  it('there are none of an image smaller than the input', () => {
    assert.throws(() => windowsProgram(network, { height: 5, width: 9 }), /5×9 has no window of 6×6/);
  });

  for (const backend of backends) {
    it(`${backend.backend} gives crops the logits of the only window`, { skip: backend.skip }, async () => {
      const feed = feedFor(network, { batch: 3, seed: 5 });
      const weights = new Map([...feed.variables].map(([key, values]) => [key, Float32Array.from(values)]));
      const inference = new Inference(network, await backend.forward(), weights);
      try {
        const images = Float32Array.from(feed.images);
        const crops = await inference.crops(images, 3);
        const windows = await inference.windows(images, 3, { height: 6, width: 6 });
        assert.equal(crops.length, 9);
        for (const [k, logit] of crops.entries()) assert.ok(Math.abs(logit - (windows[k] ?? Number.NaN)) < 1e-5);
      } finally {
        await inference.close();
      }
    });

    it(`${backend.backend} keeps few programs, and continues with new weights`, { skip: backend.skip }, async () => {
      const { variables } = feedFor(network, { batch: 1, seed: 6 });
      const weights = new Map([...variables].map(([key, values]) => [key, Float32Array.from(values)]));
      const inference = new Inference(network, await backend.forward(), weights);
      try {
        const run = (width: number) =>
          inference.windows(new Float32Array(6 * width).fill(0.5), 1, { height: 6, width });
        const before = await run(6);
        for (let width = 6; width < 20; width++) await run(width);
        assert.equal(inference.kept, 8);
        assert.deepEqual(await run(6), before);
        inference.assign(new Map([...weights].map(([key, values]) => [key, values.map((value) => 2 * value)])));
        assert.notDeepEqual(await run(6), before);
        inference.assign(weights);
        assert.deepEqual(await run(6), before);
      } finally {
        await inference.close();
      }
      assert.equal(inference.kept, 0);
    });
  }
});
