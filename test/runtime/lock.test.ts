import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { RuntimeError } from '../../server/runtime/errors.ts';
import { acquireLock, lockHolders } from '../../server/runtime/lock.ts';

const lockModule = new URL('../../server/runtime/lock.ts', import.meta.url).href;

let folder: string;
beforeEach(async () => {
  folder = path.join(await fs.mkdtemp(path.join(os.tmpdir(), 'rectiscope-lock-')), 'locks');
});
afterEach(() => fs.rm(path.dirname(folder), { recursive: true, force: true }));

const isBusy = (error: unknown): boolean => error instanceof RuntimeError && error.code === 'busy';

/** A process that runs a program with `acquireLock` and `folder`. */
function start(program: string): { child: ReturnType<typeof spawn>; exit: Promise<unknown[]> } {
  const source = `import { acquireLock } from ${JSON.stringify(lockModule)};
    import fs from 'node:fs/promises';
    import { setTimeout as sleep } from 'node:timers/promises';
    const folder = ${JSON.stringify(folder)};
    ${program}`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { child, exit: once(child, 'exit') };
}

describe('the lock', () => {
  it('is held by one at a time, and free again after a release', async () => {
    const lock = await acquireLock(folder);
    assert.equal((await lockHolders(folder)).length, 1);
    await assert.rejects(acquireLock(folder), (error) => isBusy(error) && String(error).includes(String(process.pid)));
    await lock.release();
    assert.deepEqual(await lockHolders(folder), []);
    await (await acquireLock(folder)).release();
  });

  it('is free again after its holder was killed', async () => {
    const { child, exit } = start(`await acquireLock(folder); process.stdout.write('held'); await sleep(60000);`);
    await once(child.stdout ?? child, 'data');
    await assert.rejects(acquireLock(folder), isBusy);
    child.kill('SIGKILL');
    await exit;
    const lock = await acquireLock(folder);
    assert.equal((await fs.readdir(folder)).length, 1, 'the dead entry was removed');
    await lock.release();
  });

  it('is not held by an entry whose process number now belongs to another process', async () => {
    const lock = await acquireLock(folder);
    const [own = ''] = await fs.readdir(folder);
    await lock.release();
    // This process lives, but it started at another time than the entry says.
    await fs.writeFile(path.join(folder, own.replace(/-\w+\./, '-1.')), '');
    assert.deepEqual(await lockHolders(folder), []);
  });

  it('of another machine counts while it is renewed', async () => {
    await fs.mkdir(folder, { recursive: true });
    const entry = path.join(folder, 'abcdef012345.4242-99.0');
    await fs.writeFile(entry, '');
    await assert.rejects(
      acquireLock(folder),
      (error) => isBusy(error) && /4242 on another machine/.test(String(error)),
    );
    const forgotten = new Date(Date.now() - 120_000);
    await fs.utimes(entry, forgotten, forgotten);
    await (await acquireLock(folder)).release();
  });

  it('never has two holders, however many start at once', async () => {
    const shared = path.join(path.dirname(folder), 'held');
    // A holder makes a folder that must not exist yet, and takes it away before it lets go.
    const contenders = Array.from({ length: 6 }, () =>
      start(`
        let held = 0;
        for (let i = 0; i < 40 && held < 3; i++) {
          try {
            const lock = await acquireLock(folder);
            await fs.mkdir(${JSON.stringify(shared)});
            await sleep(5);
            await fs.rmdir(${JSON.stringify(shared)});
            await lock.release();
            held++;
          } catch (error) {
            if (error.code === 'EEXIST') { process.stdout.write('two holders'); process.exit(9); }
            if (error.code !== 'busy') throw error;
          }
        }
        process.exit(held);`),
    );
    const codes = await Promise.all(contenders.map(async ({ exit }) => (await exit)[0]));
    assert.ok(!codes.includes(9), `two held it: ${codes}`);
    assert.ok(
      codes.some((code) => code === 3),
      `somebody got it three times: ${codes}`,
    );
  });
});
