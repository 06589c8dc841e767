/** Lines that differ: whatever the texts, what is kept, removed and added makes both of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { differingLines, lineChanges, linesOf } from '../../server/run-file/line-changes.ts';

test('a line that is moved or repeated is seen, and line ends are no difference', () => {
  assert.deepEqual(differingLines('a\nb\na', 'a\nb'), { removed: ['a'], added: [] });
  assert.deepEqual(differingLines('a\nb', 'b\na'), { removed: ['a'], added: ['a'] });
  assert.deepEqual(differingLines('a\r\nb\r\n', 'a\nb\n'), { removed: [], added: [] });
});

test('a changed line and one that is added below it, in a text that grows', () =>
  assert.deepEqual(lineChanges('x: 1\ny: 2', 'x: 3\nz: 4\ny: 2'), [
    { text: 'x: 1', before: 1 },
    { text: 'x: 3', after: 1 },
    { text: 'z: 4', after: 2 },
    { text: 'y: 2', before: 2, after: 3 },
  ]));

test('both texts can be read back from the changes, with their line numbers', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 });
  fc.assert(
    fc.property(lines, lines, (old, now) => {
      const [before, after] = [old.join('\n'), now.join('\n')];
      const changes = lineChanges(before, after);
      const was = changes.filter((line) => line.before !== undefined);
      const is = changes.filter((line) => line.after !== undefined);
      assert.deepEqual(
        was.map(({ text }) => text),
        linesOf(before),
      );
      assert.deepEqual(
        is.map(({ text }) => text),
        linesOf(after),
      );
      assert.deepEqual(
        was.map((line) => line.before),
        was.map((_, i) => i + 1),
      );
      assert.deepEqual(
        is.map((line) => line.after),
        is.map((_, i) => i + 1),
      );
    }),
    { seed: 15 },
  );
});
