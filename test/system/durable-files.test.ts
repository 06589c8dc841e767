/** Renaming over a file that a scanner holds open, as Windows answers it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renameOver } from '../../server/system/durable-files.ts';

/** A rename that fails so many times with a code, and counts. */
function failing(times: number, code: string) {
  const seen = { tries: 0, paused: 0 };
  const rename = async () => {
    seen.tries++;
    if (seen.tries <= times) throw Object.assign(new Error(code), { code });
  };
  const pause = async (milliseconds: number) => {
    seen.paused += milliseconds;
  };
  return { seen, rename, pause };
}

describe('renaming over a file', () => {
  for (const code of ['EPERM', 'EBUSY', 'EACCES'])
    it(`tries again on Windows after ${code}`, async () => {
      const { seen, rename, pause } = failing(3, code);
      await renameOver('a', 'b', { platform: 'win32', rename, pause });
      assert.equal(seen.tries, 4);
    });

  it('gives up after some seconds, with the error', async () => {
    const { seen, rename, pause } = failing(1000, 'EBUSY');
    await assert.rejects(renameOver('a', 'b', { platform: 'win32', rename, pause }), { code: 'EBUSY' });
    assert.ok(seen.paused > 2000 && seen.paused < 10_000, `${seen.paused} ms`);
  });

  it('does not try again elsewhere, nor after another error', async () => {
    for (const [platform, code] of [
      ['linux', 'EACCES'],
      ['win32', 'ENOSPC'],
    ] as const) {
      const { seen, rename, pause } = failing(1, code);
      await assert.rejects(renameOver('a', 'b', { platform, rename, pause }), { code });
      assert.equal(seen.tries, 1);
    }
  });
});
