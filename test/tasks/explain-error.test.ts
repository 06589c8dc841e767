/** Errors that a user can fix are a sentence and a kind of trouble; anything else is a bug of ours. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { noSuchRun, notAllowedNow, storeTrouble } from '../../server/protocol/errors.ts';
import { RunFailure } from '../../server/run-file/run-failure.ts';
import { explainError } from '../../server/tasks/explain-error.ts';
import { TaskError } from '../../server/tasks/task-error.ts';

describe('an error', () => {
  for (const { error, trouble } of [
    { error: new TaskError('interrupted', 'Interrupted.'), trouble: 'interrupted' },
    { error: new RunFailure('There is no such folder.'), trouble: 'badInput' },
    { error: noSuchRun('nobody'), trouble: 'noSuchRun' },
    { error: notAllowedNow('The run is finished.'), trouble: 'badInput' },
    { error: storeTrouble('the disk is full'), trouble: 'unexpected' },
  ])
    it(`keeps its message, as ${trouble}: ${error.message}`, () =>
      assert.deepEqual(explainError(error), { trouble, message: error.message }));

  it('of a file names the file and what is wrong with it', () => {
    const missing = join(import.meta.dirname, 'no-such-file');
    try {
      readFileSync(missing);
      assert.fail('it can be read');
    } catch (error) {
      const explained = explainError(error);
      assert.equal(explained?.trouble, 'badInput');
      assert.ok(explained.message.startsWith(`${missing} or its folder does not exist`), explained.message);
    }
  });

  it('of ours is not explained', () => {
    assert.equal(explainError(new TypeError('x is not a function')), undefined);
    assert.equal(explainError('thrown'), undefined);
  });
});
