/** What a browser shows where an editor would open or change a file. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixInstruction, placeInstruction, trainInstruction } from '../../server/panel/instructions.ts';
import { temporaryFolder } from '../support/training-server.ts';

const layers = 'layers: [{conv: {filters: 4, kernel: 3, repeat: 20}}, {dense: {units: 10}}]';
const text = [
  'version: 1',
  'network:',
  '  input: [28, 28, 1]',
  '  init: xavier # why',
  `  ${layers}`,
  'train: {batch_size: 16, steps: 40, learning_rate: 0.003}',
  '',
].join('\n');
const byCheck = {
  title: 'Initialise: `init: he`',
  edits: [{ line: 4, column: 9, end_line: 4, end_column: 15, text: 'he' }],
};
const measured = {
  title: 'Learn slower',
  edits: [{ line: 6, column: 51, end_line: 6, end_column: 56, text: '0.001' }],
};
const about = { file: '/runs of mine/a.rectiscope.yaml', text, now: text };

test('a fix that `check` finds as well is reported with its command, the path as one word of a shell', () => {
  const { title, commands, lines } = fixInstruction({ ...about, rule: 'vanishing-gradient', fix: byCheck });
  assert.equal(title, 'Fix: Initialise: init: he');
  assert.deepEqual(
    lines?.filter(({ mark }) => mark !== undefined).map(({ number, text: line, mark }) => `${mark} ${number} ${line}`),
    ['removed 4   init: xavier # why', 'added 4   init: he # why'],
  );
  if (process.platform === 'win32') return;
  assert.deepEqual(commands, ["rectiscope fix '/runs of mine/a.rectiscope.yaml' --rule vanishing-gradient --write"]);
  const apostrophe = fixInstruction({
    ...about,
    file: "/it's/a.rectiscope.yaml",
    rule: 'vanishing-gradient',
    fix: byCheck,
  });
  assert.deepEqual(apostrophe.commands, [
    "rectiscope fix '/it'\\''s/a.rectiscope.yaml' --rule vanishing-gradient --write",
  ]);
});

test('a fix that only the run could find is reported with the lines to change', () => {
  const { paragraphs, commands, lines } = fixInstruction({ ...about, rule: 'learning-rate-too-high', fix: measured });
  assert.match(paragraphs.join('\n'), /change these lines in your editor/);
  assert.match(commands?.join() ?? '', /^rectiscope train /);
  assert.match(lines?.find(({ mark }) => mark === 'added')?.text ?? '', /learning_rate: 0\.001/);
});

test('a file that has changed or is gone gets no fix', () => {
  for (const now of [`${text}# more\n`.replace('xavier', 'gaussian'), undefined]) {
    const { paragraphs, lines } = fixInstruction({ ...about, now, rule: 'vanishing-gradient', fix: byCheck });
    assert.match(paragraphs.join('\n'), /has changed since that run, or is gone/);
    assert.equal(lines, undefined);
  }
});

test('a line of a file that is gone is that of the run', () => {
  const place = { file: '/a.rectiscope.yaml', name: 'a', text, line: 4 };
  const there = placeInstruction({ ...place, isGone: false });
  assert.deepEqual(there.paragraphs, ['/a.rectiscope.yaml:4']);
  assert.equal(there.lines?.find(({ mark }) => mark === 'here')?.text, '  init: xavier # why');
  assert.match(placeInstruction({ ...place, isGone: true }).paragraphs.join(), /this is its text when a was run/);
});

test('how to train names the run files of a folder and of those right in it, not more than eight', async (t) => {
  const folder = temporaryFolder(t);
  assert.match((await trainInstruction(folder)).paragraphs.join(), /There is no run file/);
  mkdirSync(join(folder, 'sub', 'deep'), { recursive: true });
  for (const file of ['b', 'a', 'sub/c', 'sub/deep/d']) writeFileSync(join(folder, `${file}.rectiscope.yaml`), text);
  assert.deepEqual(
    (await trainInstruction(folder)).commands,
    ['a', 'b', join('sub', 'c')].map((file) => `rectiscope train ${file}.rectiscope.yaml`),
  );
  for (let i = 0; i < 9; i++) writeFileSync(join(folder, `z${i}.rectiscope.yaml`), text);
  const many = await trainInstruction(folder);
  assert.equal(many.commands?.length, 8);
  assert.match(many.paragraphs.join(), /There are 12 run files in all/);
});
