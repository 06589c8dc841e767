/** What a browser shows of a file: lines around one, and the difference that a fix makes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineDifference, linesAround } from '../../server/panel/line-difference.ts';

const text = Array.from({ length: 9 }, (_, i) => `line ${i + 1}`).join('\n');
const short = (lines: ReturnType<typeof lineDifference>): string[] =>
  lines.map(
    ({ number, text: one, mark }) =>
      `${{ here: '>', removed: '-', added: '+', none: ' ' }[mark ?? 'none']}${number} ${one}`,
  );

test('the lines around one, at the edges of a file as well', () => {
  assert.deepEqual(short(linesAround(text, 5)), [' 3 line 3', ' 4 line 4', '>5 line 5', ' 6 line 6', ' 7 line 7']);
  assert.deepEqual(short(linesAround(text, 1)), ['>1 line 1', ' 2 line 2', ' 3 line 3']);
  assert.deepEqual(short(linesAround(text, 99)), [' 7 line 7', ' 8 line 8', '>9 line 9']);
  assert.deepEqual(short(linesAround('a\r\nb', 0)), ['>1 a', ' 2 b']);
});

test('lines that are changed, with two around each', () => {
  const fixed = text.replace('line 2', 'LINE 2').replace('line 8', 'LINE 8');
  assert.deepEqual(short(lineDifference(text, fixed)), [
    ' 1 line 1',
    '-2 line 2',
    '+2 LINE 2',
    ' 3 line 3',
    ' 4 line 4',
    ' 6 line 6',
    ' 7 line 7',
    '-8 line 8',
    '+8 LINE 8',
    ' 9 line 9',
  ]);
  assert.deepEqual(lineDifference(text, text), []);
});

test('lines that are added and removed, numbered as each text has them', () => {
  assert.deepEqual(short(lineDifference(text, text.replace('line 5', 'new\nline 5'))), [
    ' 3 line 3',
    ' 4 line 4',
    '+5 new',
    ' 6 line 5',
    ' 7 line 6',
  ]);
  assert.deepEqual(short(lineDifference(text, text.replace('line 8\nline 9', 'line 8'))), [
    ' 7 line 7',
    ' 8 line 8',
    '-9 line 9',
  ]);
  assert.deepEqual(short(lineDifference('a', 'a\nb')), [' 1 a', '+2 b']);
});
