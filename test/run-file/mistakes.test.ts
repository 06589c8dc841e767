import assert from 'node:assert/strict';
import test from 'node:test';
import type { Mistake } from '../../server/run-file/mistake.ts';
import { readRunFile } from '../../server/run-file/read.ts';

const mistakesOf = (text: string): readonly Mistake[] =>
  readRunFile(text, { fileName: 'a.rectiscope.yaml', folder: '/runs' }).mistakes;

/** The one mistake of a text that is right but for the part between « and », which is what the mistake must mark. */
function onlyMistake(marked: string): Mistake {
  const text = marked.replace('«', '').replace('»', '');
  const mistakes = mistakesOf(text);
  assert.equal(mistakes.length, 1, JSON.stringify(mistakes, null, 1));
  const [mistake] = mistakes;
  assert.ok(mistake);
  const before = marked.slice(0, marked.indexOf('«')).split('\n');
  const inside = marked.slice(0, marked.indexOf('»')).replace('«', '').split('\n');
  assert.deepEqual(mistake.range, {
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    endLine: inside.length,
    endColumn: (inside.at(-1)?.length ?? 0) + 1,
  });
  return mistake;
}

const data = 'data: {source: fashion-mnist}\n';
const network = (layers: string, more = ''): string =>
  `${data}network:\n  input: [28, 28, 1]\n${more}  layers:\n${layers}    - dense: {units: 10}\n`;
const whole = network('');

const cases: readonly (readonly [what: string, text: string, message: RegExp, suggestion?: string])[] = [
  [
    'an unknown key',
    `${whole}train: {«learning_rat»: 0.1}\n`,
    /Unknown key `learning_rat` in `train`.*mean `learning_rate`/,
    'learning_rate',
  ],
  ['another tool’s key', `${whole}train: {«lr»: 0.1}\n`, /mean `learning_rate`/, 'learning_rate'],
  ['a key in the wrong section', `${whole}«momentum»: 0.9\n`, /mean `momentum` under `train`/],
  ['a key near nothing', `${whole}«xyz»: 0.9\n`, /Expected `version`, `name`, .* or `diagnose`/],
  ['a key with another case and dashes', `${whole}train: {«batch-Size»: 3}\n`, /mean `batch_size`/, 'batch_size'],
  ['a layer of no kind', network('    - «convolution»: {filters: 3}\n'), /expected a layer.*mean `conv`/, 'conv'],
  ['a word of no kind', network('    - «global_avg_pool»\n'), /mean `global_average_pool`/, 'global_average_pool'],
  [
    'two kinds in one entry',
    network('    - max_pool: {size: 2}\n      «spp»: [2]\n'),
    /`max_pool` and `spp` exclude each other/,
  ],
  ['a text for a number', `${whole}train: {batch_size: «many»}\n`, /whole number, at least 1.*found `many`/],
  ['a fraction for a whole number', `${whole}train: {batch_size: «1.5»}\n`, /whole number.*found `1.5`/],
  ['a number in quotes', `${whole}train: {batch_size: «"64"»}\n`, /found `"64"`/, '64'],
  ['a number for a name', `${whole}name: «30»\n`, /expected a text of 1 to 200 characters.*; found `30`/, '"30"'],
  ['an infinite number', `${whole}train: {learning_rate: «.inf»}\n`, /found `Infinity`/],
  ['no number', `${whole}train: {learning_rate: «.nan»}\n`, /found `NaN`/],
  ['a number out of bounds', `${whole}train: {momentum: «1»}\n`, /at least 0 and less than 1; found `1`/],
  ['a negative number', `${whole}train: {weight_decay: «-0.1»}\n`, /at least 0/],
  ['a list for a mapping', `${whole}train: «[1]»\n`, /expected a mapping.*found a list/],
  ['a mapping for a number', `${whole}seed: «{a: 1}»\n`, /found a mapping/],
  ['nothing for a number', `${whole}«seed»:\n`, /found nothing/],
  ['a word for a list', `${whole}diagnose: {stop_on: «stalled»}\n`, /expected a list/, '[stalled]'],
  [
    'too short a list',
    `${data}network: {input: «[28, 28]», layers: [{dense: {units: 10}}]}\n`,
    /\[height, width, channels\].*list of 2/,
  ],
  [
    'an old boolean',
    `${data.replace('}', ', shuffle: «yes»}')}${whole.slice(data.length)}`,
    /`true` or `false`; found `yes`/,
    'true',
  ],
  ['a slip in a word', network('', '  activation: «rleu»\n'), /mean `relu`/, 'relu'],
  ['a slip in a mode', network('', '  init: {he: «fan-out»}\n'), /mean `fan_out`/, 'fan_out'],
  [
    'a rule of no name',
    `${whole}diagnose: {ignore: [«vanishing-gradent»]}\n`,
    /mean `vanishing-gradient`/,
    'vanishing-gradient',
  ],
  [
    'a duration without its unit',
    `${whole}evaluate: {every: «10»}\n`,
    /number above 0 with its unit, such as `200 steps`/,
  ],
  ['a name of two lines', `${whole}name: «"two\\nlines"»\n`, /text of 1 to 200 characters, without line breaks/],
  ['a duration of nothing', `${whole}evaluate: {every: «0 epochs»}\n`, /number above 0 with its unit/],
  ['a duration without its blank', `${whole}diagnose: {probe_every: «10steps»}\n`, /mean `10 steps`/, '10 steps'],
  ['half a step', `${whole}diagnose: {probe_every: «0.5 steps»}\n`, /number above 0 with its unit/],
  [
    'a missing key',
    network('    - «conv»: {filters: 3}\n'),
    /Expected the key `kernel` in `network.layers\[0\].conv`: a whole number.*missing/,
  ],
  ['no input', `${data}«network»: {layers: [{dense: {units: 10}}]}\n`, /Expected the key `input`/],
  ['neither layers nor preset', `${data}«network»: {input: [28, 28, 1]}\n`, /`layers` or `preset`/],
  ['both layers and preset', network('', '  «preset»: model_a\n'), /exclude each other/],
  ['a length in both units', `${whole}train: {epochs: 1, «steps»: 3}\n`, /exclude each other/],
  ['a doubled key', `${whole}seed: 1\n«seed»: 2\n`, /already on line 6/],
  [
    'a doubled setting of a layer',
    network('    - conv: {filters: 3, kernel: 3, init: he}\n      «init»: he\n'),
    /written twice/,
  ],
  [
    'a doubled name',
    network('    - conv: {filters: 3, kernel: 3, name: dense1}\n').replace('- dense', '- «dense»'),
    /already has the name `dense1`/,
  ],
  [
    'a kernel larger than its map',
    network('    - conv: {filters: 3, «kernel»: 29, padding: valid}\n'),
    /29×29 kernel.*28×28×1 map/,
  ],
  [
    'a map eaten up by repeats',
    network('    - conv: {filters: 3, «kernel»: 15, padding: valid, repeat: 3}\n'),
    /14×14×3 map.*conv2/,
  ],
  ['a pool larger than its map', network('    - max_pool: {«size»: 29}\n'), /29×29 pool/],
  [
    'a pyramid larger than its map',
    network('    - conv: {filters: 3, kernel: 3, stride: 8}\n    - «spp»: [7, 1]\n'),
    /7×7 bins.*4×4×3 map/,
  ],
  ['a layer too large to hold', network('    - conv: {filters: 65536, «kernel»: 4096}\n'), /weights; the most is/],
  [
    'too many layers',
    network('    - conv: {filters: 3, kernel: 3, repeat: 1000}\n').replace('layers', '«layers»'),
    /at most 1000 layers/,
  ],
  [
    'no dense layer at the end',
    `${data}network:\n  input: [8, 8, 1]\n  layers:\n    - «conv»: {filters: 3, kernel: 3}\n`,
    /`dense` layer at the end/,
  ],
  [
    'times that do not rise',
    `${whole}train: {schedule: {step: {at: [30, «20»], factor: 0.1}}}\n`,
    /after 30 epochs; found 20/,
  ],
  ['an alias', `${whole}name: «*a»\n`, /no aliases/],
  ['an anchor', `${whole}name: «&a» b\n`, /no anchors/],
  ['a tag', `${whole}name: «!!str» b\n`, /no tags/],
  ['a second document', `${whole}«---»\nseed: 1\n`, /one document/],
  ['a directive', `«%YAML 1.1»\n---\n${whole}`, /no directives/],
  ['a tab', `${whole}train:\n«\t»seed: 1\n`, /tab/],
  ['views of no kind', `${whole}evaluate: {views: «tenn»}\n`, /mean `ten`/, 'ten'],
  [
    'a scale that shows no view',
    `${whole}evaluate: {views: dense, scales: [32, «27»]}\n`,
    /shorter side is 27 pixels.*28×28: write at least 28/,
  ],
  [
    'a crop that is not the input',
    `${whole.replace('fashion-mnist', 'fashion-mnist, augment: {«crop»: 27}')}`,
    /Expected 28, the side of `network\.input`; found 27/,
  ],
  [
    'a range that falls',
    `${whole.replace('fashion-mnist', 'fashion-mnist, augment: {crop: 28, «resize»: [40, 32]}')}`,
    /a rising range, such as `\[32, 40\]`/,
  ],
  [
    'a range without a crop',
    `${whole.replace('fashion-mnist', 'fashion-mnist, augment: {«resize»: [32, 40]}')}`,
    /add `crop: 28`/,
  ],
  [
    'images smaller than the crop',
    `${whole.replace('fashion-mnist', 'fashion-mnist, augment: {crop: 28, «resize»: 6}')}`,
    /Expected at least 28 pixels, the side of `crop`; found 6/,
  ],
  [
    'colour noise on grey images',
    `${whole.replace('fashion-mnist', 'fashion-mnist, augment: {«color»: pca}')}`,
    /three channels, but `network\.input` has 1/,
  ],
  [
    'more replicas than examples of a batch',
    `${whole}train: {batch_size: 4, «replicas»: 5}\n`,
    /at most 4, the `batch_size`.*found 5/,
  ],
  ['a worker without a port', `${whole}train: {workers: [«a»]}\n`, /expected `host:port`/],
  ['a worker with too high a port', `${whole}train: {workers: [«"a:65536"»]}\n`, /at most 65535/],
  ['a worker twice', `${whole}train: {workers: ["a:1", «"a:1"»]}\n`, /each worker once/],
  ['fewer replicas than workers', `${whole}train: {«replicas»: 1, workers: ["a:1", "b:1"]}\n`, /at least 2/],
  ['more workers than examples', `${whole}train: {batch_size: 1, «workers»: ["a:1", "b:1"]}\n`, /at most 1/],
  [
    'patience shorter than the time between evaluations',
    `${whole}train: {schedule: {plateau: {factor: 0.1, «patience»: 2}}}\nevaluate: {every: 3 epochs}\n`,
    /at least 3 epochs.*`evaluate\.every`.*found 2 epochs/,
  ],
  [
    'the same after a warm-up, with the default of an epoch',
    `${whole}train: {schedule: {warmup: 1, then: {plateau: {factor: 0.1, «patience»: 0.5}}}}\n`,
    /at least 1 epochs.*found 0\.5 epochs/,
  ],
];

for (const [what, text, message, suggestion] of cases) {
  test(`${what} is one mistake, at its place`, () => {
    const mistake = onlyMistake(text);
    assert.match(mistake.message, message);
    assert.equal(mistake.suggestion, suggestion);
  });
}

test('sizes that go together are no mistake', () => {
  const augment = 'augment: {resize: [28, 40], crop: 28, flip: true}, bad_files: skip, cache_mb: 10';
  assert.deepEqual(mistakesOf(whole.replace('fashion-mnist', `fashion-mnist, ${augment}`)), []);
});

test('the suggestion fixes the file when it replaces the range', () => {
  const mended = cases.filter(([, , , suggestion]) => suggestion !== undefined && suggestion !== 'conv');
  assert.ok(mended.length > 10);
  for (const [what, text, , suggestion] of mended) {
    const repaired = text.replace(/«[^»]*»/, suggestion ?? '');
    assert.deepEqual(mistakesOf(repaired), [], what);
  }
});

test('what the release can’t do but the file doesn’t ask for is no mistake', () => {
  const text = `${whole}train: {replicas: 1, workers: []}\nevaluate: {views: center}\n`;
  assert.deepEqual(mistakesOf(text), []);
});

test('all mistakes of a file are reported together, in order, also those between keys', () => {
  const text = `nam: a
data: {sorce: fashion-mnist}
network:
  input: [28, 28, 1]
  init: havier
  layers:
    - conv: {filters: 3, kernel: 29, padding: valid}
    - conv: {filters: 0, kernel: 3}
    - dense: {units: 10}
train:
  epochs: 1
  steps: 3
  schedule: {step: {at: [3, 2], factor: 0.1}}
  batch_size: 0
`;
  assert.deepEqual(
    mistakesOf(text).map(({ range }) => `${range.line}:${range.column}`),
    ['1:1', '2:8', '5:9', '7:26', '8:23', '12:3', '13:29', '14:15'],
  );
});

test('what YAML can’t read is reported, and with it the mistakes before it', () => {
  const mistakes = mistakesOf(`sed: 1\n${whole}train: {steps: 3\nevaluate: {every: 3}\n`);
  assert.deepEqual(
    mistakes.map(({ range }) => range.line),
    [1, 8],
  );
  assert.match(mistakes[1]?.message ?? '', /not closed/);
});

test('more than 64 KB, deep nesting, endless signs: refused at once, with one message', () => {
  const big = `# ${'é'.repeat(33_000)}\n${whole}`;
  for (const [text, message] of [
    [big, /at most 64 KB/],
    ['['.repeat(10_000), /Nested too deeply/],
    ['- '.repeat(10_000), /Nested too deeply/],
    ['a:\n'.repeat(20_000), /words and signs/],
  ] as const) {
    const mistakes = mistakesOf(text);
    assert.equal(mistakes.length, 1);
    assert.match(mistakes[0]?.message ?? '', message);
  }
  assert.deepEqual(mistakesOf(`${whole}# ${'x'.repeat(60_000)}\n`), []);
});

test('a thousand mistakes are counted, a hundred listed', () => {
  const mistakes = mistakesOf(`${whole}${Array.from({ length: 1000 }, (_, i) => `wrong${i}: 1\n`).join('')}`);
  assert.equal(mistakes.length, 101);
  assert.ok(mistakes.some(({ message }) => message === '… and 900 more mistakes.'));
});

test('columns count UTF-16 units, and a lone \\r ends a line', () => {
  const [mistake] = mistakesOf(`${whole}name: {"😀": 1}\r\nsed: 1\n`);
  assert.deepEqual(mistake?.range, { line: 6, column: 7, endLine: 6, endColumn: 16 });
  const [, second] = mistakesOf(`${whole}name: {"😀": 1}\r\nsed: 1\n`);
  assert.equal(second?.range.line, 7);
});
