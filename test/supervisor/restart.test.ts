import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isAlive, processBirth } from '../../server/supervisor/process-birth.ts';
import { afterDeath, describeExit, MOST_RESTARTS } from '../../server/supervisor/restart.ts';
import { unusualSilence } from '../../server/supervisor/trainer-process.ts';

/** Deaths at these steps, one after another, until the run is given up; how many restarts there were. */
function restarts(steps: readonly number[]): number {
  let known = { deaths: 0, furthestStep: 0 };
  for (const [count, step] of steps.entries()) {
    const { restart, ...next } = afterDeath({ ...known, step });
    if (!restart) return count;
    known = next;
  }
  return steps.length;
}

describe('after the death of a trainer', () => {
  it('is restarted three times without progress between', () => {
    assert.equal(MOST_RESTARTS, 3);
    assert.equal(restarts([0, 0, 0, 0, 0]), 3);
    assert.equal(restarts([57, 57, 57, 57, 57]), 3);
    assert.equal(restarts([57, 41, 56, 57, 40]), 3);
  });

  it('restarts the count at every step that was not reached before', () => {
    assert.equal(restarts([57, 57, 57, 58, 58, 58, 59]), 7);
    assert.equal(restarts(Array.from({ length: 100 }, (_, i) => i + 1)), 100);
  });

  it('reports how it ended', () => {
    assert.match(describeExit(null, 'SIGKILL'), /was killed .* out of memory/);
    assert.equal(describeExit(null, 'SIGSEGV'), 'was ended by SIGSEGV');
    assert.equal(describeExit(0, null), 'exited with code 0 before its run ended');
  });
});

describe('a process', () => {
  it('is known by its number and its birth', async () => {
    const birth = await processBirth(process.pid);
    assert.ok(birth);
    assert.equal(await processBirth(process.pid), birth);
    assert.ok(await isAlive({ pid: process.pid, birth }));
    assert.equal(await isAlive({ pid: process.pid, birth: 'another' }), false);
    assert.equal(await isAlive({ pid: 2 ** 22 + 1, birth }), false);
  });

  it('is told apart by ps alike in every time zone, and never by an empty answer', {
    skip: process.platform === 'win32',
  }, async (t) => {
    const kept = { TZ: process.env['TZ'], PATH: process.env['PATH'] };
    const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
    t.after(() => {
      Object.defineProperty(process, 'platform', platform);
      for (const [name, value] of Object.entries(kept)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    });
    // As a system without /proc sees it.
    Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' });
    process.env['TZ'] = 'Asia/Tokyo';
    const birth = await processBirth(process.pid);
    assert.match(birth ?? '', /^\w{3} \w{3} .*\d:\d/);
    process.env['TZ'] = 'America/New_York';
    assert.equal(await processBirth(process.pid), birth);
    assert.equal(await processBirth(2 ** 22 + 1), undefined);
    process.env['PATH'] = '/nowhere';
    assert.equal(await processBirth(process.pid), undefined);
    // Nothing is known of it: it counts as living.
    assert.equal(await isAlive({ pid: process.pid, birth: '' }), true);
  });

  it('is unusually silent after three times its longest pause, and never before ten seconds', () => {
    assert.equal(unusualSilence(0), 10_000);
    assert.equal(unusualSilence(3000), 10_000);
    assert.equal(unusualSilence(20_000), 60_000);
  });
});
