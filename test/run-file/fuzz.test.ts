import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import fc from 'fast-check';
import { applyEdits, removeKeyEdit, setValueEdit } from '../../server/run-file/edit.ts';
import { applyOverrides } from '../../server/run-file/overrides.ts';
import { lineStarts } from '../../server/run-file/positions.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { costlyTexts } from '../support/costly-texts.ts';

/** Texts a commit; a night may take 100,000: RECTISCOPE_FUZZ=100000. */
const runs = Number(process.env['RECTISCOPE_FUZZ'] ?? 1000);
const seed = Number(process.env['RECTISCOPE_FUZZ_SEED'] ?? 20_260_101);
const parameters = { numRuns: runs, seed };

const options = { fileName: 'fuzz.rectiscope.yaml', folder: '/runs', forCheck: true };
const example = readFileSync(new URL('../../examples/he-30.rectiscope.yaml', import.meta.url), 'utf8');

/** Signs and words that mean something in YAML or in a run file, glued together without sense. */
const pieces = fc.constantFrom(
  ...[
    '\n',
    '\r\n',
    '\r',
    '  ',
    '\t',
    ' ',
    ': ',
    ':',
    '- ',
    '-',
    '? ',
    ',',
    '[',
    ']',
    '{',
    '}',
    '#',
    ' # ',
    '&a',
    '*a',
    '!t',
    '!!map',
  ],
  ...[
    '|',
    '>',
    '"',
    "'",
    '%',
    '---\n',
    '...\n',
    '@',
    '`',
    '<<',
    '\\',
    '\u0000',
    '\uFEFF',
    '\u2028',
    '😀',
    '\uD800',
    'é',
    '~',
    'null',
  ],
  ...[
    'network',
    'layers',
    'conv',
    'dense',
    'init',
    'he',
    'train',
    'steps',
    'epochs',
    '1e400',
    '-0',
    '.inf',
    '0x10',
    '1_000',
    '__proto__',
  ],
  ...[
    'constructor',
    'data',
    'source',
    'preset',
    'small_14',
    'input',
    '28',
    'repeat',
    'schedule',
    'warmup',
    'then',
    'spp',
    'version',
    '1',
  ],
);
const soup = fc.array(pieces, { maxLength: 120 }).map((parts) => parts.join(''));
const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => new TextDecoder().decode(array));
const raw = fc.string({ unit: 'binary', maxLength: 300 });

/** The example, cut and patched at a few places. */
const mutated = fc
  .array(fc.tuple(fc.nat(example.length), fc.nat(30), fc.oneof(pieces, fc.constant(''))), {
    minLength: 1,
    maxLength: 6,
  })
  .map((cuts) =>
    cuts.reduce((text, [at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length), example),
  );

/** Documents of the right grammar: known and unknown keys, values of every kind. */
const scalar = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(
    'he',
    'xavier',
    'relu',
    'constant',
    'fashion-mnist',
    '10 steps',
    '1 epoch',
    'global_average_pool',
    'same',
    '',
  ),
);
const key = fc.constantFrom(
  ...[
    'version',
    'name',
    'seed',
    'data',
    'network',
    'train',
    'evaluate',
    'diagnose',
    'source',
    'limit',
    'preset',
    'input',
    'layers',
  ],
  ...[
    'conv',
    'dense',
    'filters',
    'kernel',
    'stride',
    'repeat',
    'units',
    'max_pool',
    'size',
    'spp',
    'init',
    'activation',
    'prelu',
  ],
  ...['schedule', 'step', 'at', 'factor', 'warmup', 'then', 'every', 'batch_size', 'unknown', '__proto__', 'toString'],
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 6, depthSize: 'small' }, scalar, fc.array(tie('tree'), { maxLength: 4 }), tie('map')),
  map: fc.array(fc.tuple(key, tie('tree')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
}));
const grammatical = fc.dictionary(key, tree, { maxKeys: 8 }).map((document) => JSON.stringify(document, null, 1));

const anyText = fc.oneof(soup, bytes, raw, mutated, grammatical);

function assertWithin(text: string): void {
  const { mistakes, config } = readRunFile(text, options);
  assert.equal(config === undefined, mistakes.length > 0, 'a file has a configuration or mistakes');
  const starts = lineStarts(text);
  for (const { range, message } of mistakes) {
    assert.ok(message.length > 0 && !message.includes('undefined') && !message.includes('[object'), message);
    for (const [line, column] of [
      [range.line, range.column],
      [range.endLine, range.endColumn],
    ] as const) {
      const start = starts[line - 1];
      assert.ok(
        start !== undefined && column >= 1 && start + column - 1 <= text.length,
        `${line}:${column} is outside`,
      );
    }
    assert.ok(range.line < range.endLine || (range.line === range.endLine && range.column <= range.endColumn));
  }
}

test(`${runs} texts: no throw, a mistake or a configuration, ranges within the text`, () => {
  fc.assert(fc.property(anyText, assertWithin), parameters);
});

test('64 KB of anything that is costly to parse (how long it takes is measured in bench/)', () => {
  for (const text of costlyTexts()) assertWithin(text);
});

const paths = fc.constantFrom<(string | number)[]>(
  ['network', 'init'],
  ['network', 'activation'],
  ['network', 'layers', 0, 'conv', 'init'],
  ['network', 'layers', 2, 'init'],
  ['train', 'weight_decay'],
  ['train', 'schedule', 'warmup'],
  ['data', 'normalize'],
  ['diagnose', 'stop_on'],
);

test('an edit of any text neither throws nor reaches outside of it', () => {
  fc.assert(
    fc.property(anyText, paths, (text, path) => {
      const { positions } = readRunFile(text, options);
      const removed = applyEdits(positions, removeKeyEdit(positions, path));
      assert.ok(removed.length <= text.length);
      const set = applyEdits(positions, setValueEdit(positions, path, '{x: 1}'));
      assert.equal(typeof set, 'string');
    }),
    parameters,
  );
});

test('any override of a good file gives a text or a mistake, never a throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        soup,
        fc.tuple(key, key, soup).map(([a, b, value]) => `${a}.${b}=${value}`),
      ),
      (override) => {
        const { text, mistakes } = applyOverrides(example, [override]);
        if (mistakes.length > 0) assert.equal(text, example);
        else assert.notEqual(text, '');
      },
    ),
    parameters,
  );
});
