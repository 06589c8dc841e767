/** Formatting moves blanks and nothing else. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { CST, Lexer } from 'yaml';
import { parseDocument } from '../../server/run-file/document.ts';
import { applyEdits } from '../../server/run-file/edit.ts';
import { type FormatOptions, formatEdits } from '../../server/run-file/format.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { runFileSchema } from '../../server/run-file/schema.ts';
import { keysOf } from '../../server/run-file/schema-path.ts';

/** Texts a commit; a night may take 100,000: RECTISCOPE_FUZZ=100000. */
const numRuns = Number(process.env['RECTISCOPE_FUZZ'] ?? 1000);
const seed = Number(process.env['RECTISCOPE_FUZZ_SEED'] ?? 20_260_101);

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = globSync('{examples,test/fixtures,test/vscode/fixture}/**/*.rectiscope.yaml', { cwd: root }).map(
  (file): [name: string, text: string] => [file, readFileSync(join(root, file), 'utf8')],
);
const inDocuments = globSync('{README,docs/*}.md', { cwd: root }).flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map(
    ([, text], i): [name: string, text: string] => [`${file} ${i + 1}`, text ?? ''],
  ),
);

const format = (text: string, options?: FormatOptions): string =>
  applyEdits(parseDocument(text).positions, formatEdits(text, options));

/** What YAML's own lexer sees as comments, each with its text. */
const comments = (text: string): string[] =>
  [...new Lexer().lex(text)].filter((lexeme) => CST.tokenType(lexeme) === 'comment').map((text) => text.trimEnd());

const read = (text: string) => readRunFile(text, { fileName: 'a', folder: '/', forCheck: true });

/** What must hold for whatever text; `read` is an independent witness of what the text says. */
function holds(text: string, options?: FormatOptions): void {
  const once = format(text, options);
  assert.equal(format(once, options), once, 'twice is as once');
  assert.equal(once.replace(/\s/g, ''), text.replace(/\s/g, ''), 'only blanks move');
  assert.equal(once.trimEnd().split('\n').length, text.trimEnd().split('\n').length, 'lines stay');
  const before = read(text);
  const after = read(once);
  assert.deepEqual(after.config, before.config);
  assert.equal(after.mistakes.length, before.mistakes.length);
  if (before.config) assert.deepEqual(comments(once), comments(text));
}

test('every run file of ours stays as it is', () => {
  assert.ok(files.length > 50 && inDocuments.length >= 2);
  for (const [name, text] of [...files, ...inDocuments]) assert.equal(format(text), text, name);
});

/** A text whose blanks were scattered so that it says the same: wider indentation, blanks around signs and at line ends. */
function scattered(text: string, random: (bound: number) => number): string {
  const blanks = (): string => ' '.repeat(random(3));
  return text
    .split('\n')
    .map((line) => {
      const [, indent = '', content = '', comment = ''] = /^( *)(.*?)((?:^|\s+)#.*)?$/.exec(line) ?? [];
      const spaced = content
        .replace(/([{[]) ?(?=\S)/g, (_, sign: string) => sign + blanks())
        .replace(/, /g, () => `${blanks()},${blanks()} `)
        .replace(/: (?=\S)/g, () => `${blanks()}: ${blanks()}`)
        .replace(/^- (?=\w)/, () => (content.includes('{') || content.includes('[') ? `- ${blanks()}` : '- '));
      return indent + indent + spaced + (comment === '' ? blanks() : ` ${blanks()}${comment}`);
    })
    .join('\n');
}

test('a file with scattered blanks is restored, except comments', () => {
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.infiniteStream(fc.nat()), ([, text], numbers) => {
      const random = (bound: number): number => (numbers.next().value ?? 0) % bound;
      const messy = scattered(text, random);
      const bare = (formatted: string): string =>
        formatted
          .replace(/([{[]) (?=\S)/g, '$1')
          .replace(/(\S) (?=[}\]])/g, '$1')
          .replace(/ +#/g, ' #');
      holds(messy);
      // Brackets keep the padding that the user gave them, comments their column.
      assert.equal(bare(format(messy)), bare(text));
    }),
    { numRuns: Math.ceil(numRuns / 5), seed },
  );
});

const pieces = fc.constantFrom(
  ...['\n', '\n', '\r\n', '  ', '   ', ' ', '\t', ': ', ' : ', '- ', '-   ', '? ', ',', ', ', '[', ']', '{', '}', '{ '],
  ...[
    '# a',
    ' # b',
    '#c',
    '   # d\n',
    '|\n',
    '>-\n',
    '"',
    "'",
    '---\n',
    '...\n',
    '\uFEFF',
    '😀',
    'a',
    'b c',
    'é',
    '~',
    '1',
  ],
  ...keysOf(runFileSchema),
  ...['network:\n', 'layers:\n', '  - conv: {filters: 3,  kernel: 3}\n', '- dense:\n    units: 3\n', 'init: he # x\n'],
  ...['a:\n    b:\n        c: 1\n', 'text: "one\n   two"\n', '  [1,\n2, 3]\n'],
);

test('whatever the text: nothing but blanks moves, and twice is as once', () => {
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), fc.constantFrom(2, 4), (parts, width) => {
      holds(parts.join(''), { width });
    }),
    { numRuns: 3 * numRuns, seed },
  );
});

test('a prefix of a run file with a character too many or too few', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...files),
      fc.array(fc.tuple(fc.nat(), fc.nat(6), pieces), { maxLength: 4 }),
      fc.nat(),
      ([, text], changes, cut) => {
        let changed = text.slice(0, cut % (text.length + 1));
        for (const [place, length, piece] of changes) {
          const at = place % (changed.length + 1);
          changed = changed.slice(0, at) + piece + changed.slice(at + length);
        }
        holds(changed);
      },
    ),
    { numRuns, seed },
  );
});

test('what moves, by example', () => {
  const before = `# top
name:   x
train:
      batch_size :   32    # a
      epochs: 3            # b

      # above
      schedule: {step:  {at: [ 30,60 ],factor: 0.1}}   \t
network:
   input: [28,28,   1] # one
   layers:
   -   conv: { filters: 3,kernel: 3 }
       name: "stem"    # x
                       # y
   # the last
   - dense: {
          units:   10
       }


`;
  const after = `# top
name: x
train:
  batch_size: 32           # a
  epochs: 3                # b

  # above
  schedule: {step: {at: [ 30, 60 ], factor: 0.1}}
network:
  input: [28, 28, 1] # one
  layers:
    - conv: { filters: 3, kernel: 3 }
      name: "stem"     # x
                       # y
    # the last
    - dense: {
        units: 10
      }
`;
  assert.equal(format(before), after);
  assert.equal(format(before.replaceAll('\n', '\r\n')), after.replaceAll('\n', '\r\n'));
  assert.equal(format('a: 1'), 'a: 1\n');
  assert.equal(format('\n\n'), '');
  assert.equal(format('{"a":1,\n"b": {"c":[1,\n2\n]}}'), '{"a": 1,\n  "b": {"c": [1,\n    2\n  ]}}\n');
  assert.equal(format('a:\n  b: 1\n', { width: 4 }), 'a:\n    b: 1\n');
});

test('a text with an error stays as it is', () => {
  for (const text of ['a:   [1,\n', 'a:  1\n   b: 2\n', 'a:   &x 1\n', 'a:   1\n---\nb:  2\n'])
    assert.equal(format(text), text);
});

test('edits touch only what differs, and only the requested lines', () => {
  assert.deepEqual(formatEdits('a:   1\nb: 2\nc: [1,2]\n'), [
    { line: 1, column: 4, end_line: 1, end_column: 6, text: '' },
    { line: 3, column: 7, end_line: 3, end_column: 7, text: ' ' },
  ]);
  assert.equal(format('a:   1\nb:   2\nc:   3\n', { lines: { first: 2, last: 2 } }), 'a:   1\nb: 2\nc:   3\n');
  // One line alone can't leave its neighbours.
  const nested = 'a:\n    b: 1\n    c: 2\n';
  assert.equal(format(nested, { lines: { first: 2, last: 2 } }), nested);
  assert.equal(format(nested, { lines: { first: 2, last: 3 } }), 'a:\n  b: 1\n  c: 2\n');
});
