/** `init: {from: …}`: which files fit, what is reported of those that do not, what is predicted from those that do. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isWeighted } from '../../server/domain/config.ts';
import type { StoredArray } from '../../server/domain/network/stored-weights.ts';
import { checkRunFile } from '../../server/run-file/check.ts';
import { readRunFile } from '../../server/run-file/read.ts';

const text = (init = '{from: w.safetensors}', head = '') => `network:
  input: [6, 6, 1]
  init: ${init}
  layers:
    - conv: {filters: 4, kernel: 3, activation: prelu}
    - conv: {filters: 8, kernel: 3, repeat: 2}
    - dense: {units: 3${head}}
`;

const array = (shape: number[], rms = 0.1): StoredArray => ({ shape, rms, mean: 0, unitsAlike: false });
const fitting = {
  'conv1.weight': array([3, 3, 1, 4], 0.3),
  'conv1.bias': array([4]),
  'conv1.slope': array([4], 0.5),
  'conv2.weight': array([3, 3, 4, 8], 0.2),
  'conv3.weight': array([3, 3, 8, 8], 0.1),
  'dense1.weight': array([288, 3], 0.05),
  'dense1.bias': array([3]),
  'velocity/conv1.weight': array([1]),
};

function read(arrays: Readonly<Record<string, StoredArray | undefined>>, source = text()) {
  const asked: string[] = [];
  const result = readRunFile(source, {
    fileName: 'a.rectiscope.yaml',
    folder: '/runs/one',
    forCheck: true,
    readStored: (file) => {
      asked.push(file);
      return new Map(Object.entries(arrays).flatMap(([name, value]) => (value ? [[name, value] as const] : [])));
    },
  });
  return { ...result, asked };
}

const mistakes = (arrays: Readonly<Record<string, StoredArray | undefined>>, source?: string) =>
  read({ ...fitting, ...arrays }, source).mistakes.map(
    ({ message, range }) => `${range.line}:${range.column} ${message}`,
  );

describe('weights from a file', () => {
  it('are looked for relative to the run file, once a file, and fit with what they have beside the network’s', () => {
    const { config, asked, mistakes: none } = read({ ...fitting, 'other.weight': array([7]) });
    assert.deepEqual(none, []);
    assert.deepEqual(asked, ['/runs/one/w.safetensors']);
    const inits = config?.network.layers.filter(isWeighted).map(({ init }) => init);
    assert.deepEqual(inits, new Array(4).fill({ kind: 'from', file: '/runs/one/w.safetensors' }));
  });

  it('may leave out biases and slopes', () =>
    assert.deepEqual(mistakes({ 'conv1.bias': undefined, 'conv1.slope': undefined, 'dense1.bias': undefined }), []));

  it('that do not fit are reported in one message on the line, with all differences', () =>
    assert.deepEqual(
      mistakes({
        'conv1.weight': array([5, 5, 1, 4]),
        'conv1.slope': array([1]),
        'conv2.weight': undefined,
        'conv3.weight': array([3, 3, 8, 8], Number.NaN),
        'conv3.slope': array([8]),
      }),
      [
        '3:10 /runs/one/w.safetensors does not fit this network: `conv1.weight` is [5, 5, 1, 4] in the file and [3, 3, 1, 4] here; `conv1.slope` is [1] in the file and [4] here; `conv2.weight`, [3, 3, 4, 8], is missing; `conv3.weight` has numbers that are not finite; `conv3.slope` is in the file, but the layer’s activation is not `prelu`.',
      ],
    ));

  it('of a bias that the layer does not have are refused, not dropped', () =>
    assert.match(
      mistakes({}, text(undefined, ', bias: false')).join(),
      /`dense1.bias` is in the file, but .*bias: false/,
    ));

  it('in PyTorch’s order of axes are recognised', () => {
    const torch = { 'conv2.weight': array([8, 4, 3, 3]), 'dense1.weight': array([3, 288]) };
    const [message = ''] = mistakes(torch);
    assert.equal(message.match(/in PyTorch’s order/g)?.length, 2);
    assert.doesNotMatch(mistakes({ 'conv2.weight': array([8, 4, 3, 5]) }).join(), /PyTorch/);
  });

  it('many differences are counted', () => {
    const [message = ''] = read({}, text().replace('repeat: 2', 'repeat: 20')).mistakes.map((one) => one.message);
    assert.match(message, /`conv8.weight`, \[3, 3, 8, 8\], is missing; and 14 more\.$/);
  });

  it('of one layer are reported on that layer’s line; each place has its own message', () => {
    const source = text('he', ', init: {from: head.safetensors}').replace(
      'repeat: 2',
      'repeat: 2, init: {from: ../other.safetensors}',
    );
    const said = mistakes({ 'conv2.weight': undefined, 'dense1.weight': undefined, 'conv1.weight': undefined }, source);
    assert.equal(said.length, 2);
    assert.match(said[0] ?? '', /^6:\d+ \/runs\/other.safetensors .*`conv2.weight`/);
    assert.match(said[1] ?? '', /^7:\d+ \/runs\/one\/head.safetensors .*`dense1.weight`/);
  });

  it('that can’t be read are a mistake on the line, not a throw', () => {
    const { mistakes: said, config } = readRunFile(text(), {
      fileName: 'a',
      folder: '/runs',
      forCheck: true,
      readStored: () => {
        throw new Error('there is no such file');
      },
    });
    assert.equal(config, undefined);
    assert.deepEqual(
      said.map(({ message, range }) => [range.line, range.column, message]),
      [
        [
          3,
          10,
          'The weights can’t be read from /runs/w.safetensors: there is no such file. The path is relative to the run file.',
        ],
      ],
    );
  });
});

describe('what is predicted of weights from a file', () => {
  const place = { fileName: 'a', folder: '/runs' };
  const readStored = () => new Map(Object.entries(fitting));

  it('is what is predicted of weights drawn with the same second moment', () => {
    const own = checkRunFile(text(), { ...place, readStored }).checked?.propagation.layers ?? [];
    const drawn = `network:
  input: [6, 6, 1]
  layers:
    - conv: {filters: 4, kernel: 3, activation: {leaky_relu: 0.5}, init: {gaussian: 0.3}}
    - conv: {filters: 8, kernel: 3, init: {gaussian: 0.2}}
    - conv: {filters: 8, kernel: 3, init: {gaussian: 0.1}}
    - dense: {units: 3, init: {gaussian: 0.05}}
`;
    const expected = checkRunFile(drawn, place).checked?.propagation.layers ?? [];
    const numbers = (layers: typeof own) =>
      layers.flatMap(({ weightStd, forwardStd, backwardStd }) => [weightStd, forwardStd, backwardStd]);
    assert.equal(own.length, 4);
    // The same sums; σ² of a std and back costs the last digit.
    for (const [i, value] of numbers(own).entries())
      assert.ok(Math.abs(value / (numbers(expected)[i] ?? Number.NaN) - 1) < 1e-12, `number ${i}`);
  });

  it('comes from a run’s checkpoint if the file is missing, and is left out if it was not read', () => {
    const stored = Object.fromEntries(['conv1', 'conv2', 'conv3', 'dense1'].map((name) => [name, { std: 0.1 }]));
    assert.equal(checkRunFile(text(), { ...place, stored }).checked?.propagation.layers[0]?.weightStd, 0.1);
    const unread = checkRunFile(text(), place);
    assert.deepEqual([unread.checked, unread.runFile.mistakes], [undefined, []]);
  });

  it('that vanishes is reported, without a fix that would throw the weights away; large logits of what has learnt are not', () => {
    const small = () =>
      new Map(
        Object.entries(fitting).map(([name, value]) => [
          name,
          name.startsWith('conv') ? { ...value, rms: 1e-4 } : { ...value, rms: 1e4 },
        ]),
      );
    const findings = checkRunFile(text(), { ...place, readStored: small }).checked?.findings ?? [];
    const vanishing = findings.find(({ rule }) => rule === 'vanishing-gradient');
    assert.match(vanishing?.message ?? '', /`init: {from: w.safetensors}`/);
    assert.equal(vanishing?.line, 3);
    assert.ok(findings.every(({ fix }) => fix === undefined));
    assert.ok(findings.every(({ rule }) => rule !== 'bad-initial-loss'));
  });
});
