/** The variances of paper, section 2.2: He by fan-in (equation 10) and fan-out (14), with a slope (15); Xavier; fixed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { initialParameters, weightStd } from '../../server/domain/network/initialization.ts';
import { fans, weightedLayers } from '../../server/domain/network/network.ts';
import { networkOf } from '../support/networks.ts';
import { got } from '../support/tensor.ts';

const KERNEL = 3;
const CHANNELS = 40;
const FILTERS = 60;
const [FAN_IN, FAN_OUT] = [KERNEL * KERNEL * CHANNELS, KERNEL * KERNEL * FILTERS];

/** A network whose first layer is a 3×3 convolution from 40 to 60 channels. */
const networkWith = (init: unknown, activation: unknown) =>
  networkOf({
    input: [8, 6, CHANNELS],
    layers: [
      { conv: { filters: FILTERS, kernel: KERNEL, init, activation } },
      { dense: { units: 10, init, activation } },
    ],
  });

/** √E[w²] of the weights of a parameter. */
const rms = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

const leaky = { leaky_relu: 0.5 };
const prelu = { prelu: { slope: 0.25 } };
const cases: readonly (readonly [string, unknown, unknown, number])[] = [
  ['he', 'he', 'relu', Math.sqrt(2 / FAN_IN)],
  ['he by fan-out', { he: 'fan_out' }, 'relu', Math.sqrt(2 / FAN_OUT)],
  ['he with a slope of 0.5', 'he', leaky, Math.sqrt(2 / (1.25 * FAN_IN))],
  ['he with a slope of 0.5 by fan-out', { he: 'fan_out' }, leaky, Math.sqrt(2 / (1.25 * FAN_OUT))],
  ['he with a PReLU', 'he', prelu, Math.sqrt(2 / (1.0625 * FAN_IN))],
  ['he where nothing is rectified', 'he', 'none', Math.sqrt(1 / FAN_IN)],
  ['xavier', 'xavier', 'relu', Math.sqrt(1 / FAN_IN)],
  ['xavier by fan-out, whatever the slope', { xavier: 'fan_out' }, leaky, Math.sqrt(1 / FAN_OUT)],
  ['gaussian', { gaussian: 0.01 }, 'relu', 0.01],
];

describe('initialisation', () => {
  for (const [name, init, activation, std] of cases)
    it(`${name}: a standard deviation of ${std.toPrecision(4)}`, () => {
      const network = networkWith(init, activation);
      const [conv] = weightedLayers(network);
      assert.ok(conv);
      assert.ok(Math.abs(weightStd(conv) / std - 1) < 1e-12);
      const weights = got(initialParameters(network, 1).get('conv1.weight'), 'weights');
      assert.equal(weights.length, KERNEL * KERNEL * CHANNELS * FILTERS);
      // The standard error of a standard deviation is 1/√(2n): five of them.
      const error = 1 / Math.sqrt(2 * weights.length);
      assert.ok(Math.abs(rms(weights) / std - 1) < 5 * error, `measured ${rms(weights)}`);
      const mean = weights.reduce((sum, value) => sum + value, 0) / weights.length;
      assert.ok(Math.abs(mean) < (5 * std) / Math.sqrt(weights.length), `mean ${mean}`);
      // 21,600 exact normal numbers: one or two lie beyond four standard deviations, none if they are truncated.
      assert.ok(weights.some((value) => Math.abs(value) > 3.5 * std));
    });

  it('shares `init_scale` among all layers, whatever their rule (paper, section 2.2)', () => {
    const layers = [
      { conv: { filters: 8, kernel: 3 } },
      { conv: { filters: 8, kernel: 3, init: { gaussian: 0.02 } } },
      { dense: { units: 10, init: 'xavier' } },
    ];
    const stds = (more: object) =>
      weightedLayers(networkOf({ input: [8, 8, 3], layers, ...more })).map((each) => weightStd(each));
    const [own, scaled] = [stds({}), stds({ init_scale: 0.5 })];
    assert.deepEqual(
      scaled,
      own.map((std) => std * 0.5),
    );
  });

  it('takes fan-in and fan-out of a dense layer from the map and the units', () => {
    const dense = got(weightedLayers(networkWith('he', 'relu'))[1], 'dense1');
    assert.deepEqual(fans(dense), { fanIn: 8 * 6 * FILTERS, fanOut: 10 });
    assert.ok(Math.abs(weightStd(dense, { kind: 'xavier', mode: 'fan_out' }) - Math.sqrt(1 / 10)) < 1e-12);
  });

  it('sets biases to 0 and slopes to their start', () => {
    const channel = initialParameters(networkWith('he', { prelu: { slope: 0.3 } }), 1);
    assert.deepEqual(channel.get('conv1.bias'), new Float32Array(FILTERS));
    assert.deepEqual(channel.get('conv1.slope'), new Float32Array(FILTERS).fill(0.3));
    const layer = initialParameters(networkWith('he', { prelu: { share: 'layer' } }), 1);
    assert.deepEqual(layer.get('conv1.slope'), Float32Array.of(0.25));
  });

  it('draws by the seed and the layer’s name alone', () => {
    const network = networkWith('he', 'relu');
    const weights = (seed: number, name = 'conv1.weight') => got(initialParameters(network, seed).get(name), name);
    assert.deepEqual(weights(1), weights(1));
    assert.notDeepEqual(weights(1), weights(2));
    assert.notDeepEqual(weights(1).slice(0, 9), weights(1, 'dense1.weight').slice(0, 9));
    // A layer more at the front does not change the weights of the others.
    const longer = networkOf({
      input: [8, 6, CHANNELS],
      layers: [
        { conv: { filters: CHANNELS, kernel: 1, name: 'first' } },
        { conv: { filters: FILTERS, kernel: KERNEL, name: 'conv1' } },
        { dense: { units: 10 } },
      ],
    });
    assert.deepEqual(initialParameters(longer, 1).get('conv1.weight'), weights(1));
  });
});
