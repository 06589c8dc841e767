/** When a fix of a run's file is offered, and when it is there already. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixState } from '../../server/panel/fix-state.ts';

const then = 'seed: 1\nnetwork:\n  init: xavier # why\n';
const edits = [{ line: 3, column: 9, end_line: 3, end_column: 15, text: 'he' }];

test('a fix fits while its line is as it was run, is applied once it reads so, and fits no other file', () => {
  assert.equal(fixState(then, then, edits), 'fits');
  assert.equal(fixState(then, then.replace('xavier', 'he'), edits), 'applied');
  assert.equal(fixState(then, then.replace('xavier', 'he').replace('seed: 1', 'seed: 7'), edits), 'applied');
  // Another seed: edited since, or set for the run alone.
  assert.equal(fixState(then, then.replace('seed: 1', 'seed: 7'), edits), 'fits');
  assert.equal(fixState(then, then.replace('xavier', 'none'), edits), 'changed');
  assert.equal(fixState(then, then.replace('# why', '# because'), edits), 'changed');
  assert.equal(fixState(then, `${then}# more\n`, edits), 'changed');
});
