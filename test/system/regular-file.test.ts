import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NotReadable, readRegularFile } from '../../server/system/regular-file.ts';
import { later, temporaryFolder } from '../support/training-server.ts';

const onUnix = { skip: process.platform === 'win32' && 'Windows has no such files' };
const read = (path: string, largest = 1000) => readRegularFile(path, { largest }).toString('utf8');
const saying = (message: RegExp) => (error: unknown) => error instanceof NotReadable && message.test(error.message);

describe('what a user names', () => {
  it('is read where it is a file, also through a link, and an empty one', (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, 'a'), 'text');
    symlinkSync(join(folder, 'a'), join(folder, 'link'));
    writeFileSync(join(folder, 'empty'), '');
    assert.equal(read(join(folder, 'a'), 4), 'text');
    assert.equal(read(join(folder, 'link')), 'text');
    assert.equal(read(join(folder, 'empty')), '');
    assert.throws(() => read(join(folder, 'none')), { code: 'ENOENT' });
  });

  it('is refused at once where it is no file', onUnix, async (t) => {
    const folder = temporaryFolder(t);
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    mkdirSync(join(folder, 'folder'));
    const socket = createServer().listen(join(folder, 'socket'));
    later(t, () => socket.close());
    await new Promise((resolve) => socket.once('listening', resolve));
    assert.throws(() => read(join(folder, 'pipe')), saying(/^it is a named pipe, not a file$/));
    assert.throws(() => read(join(folder, 'folder')), saying(/^it is a folder, not a file$/));
    assert.throws(() => read(join(folder, 'socket')), saying(/^it is a socket, not a file$/));
    assert.throws(() => read('/dev/zero'), saying(/^it is a device, not a file$/));
  });

  it('is refused unread where it is too large, with its size', (t) => {
    const file = join(temporaryFolder(t), 'huge');
    writeFileSync(file, '');
    truncateSync(file, 2 ** 36);
    assert.throws(() => read(file, 65_536), saying(/^it has 65,536 MB, and 64 KB is the most that is read$/));
    truncateSync(file, 65_537);
    assert.throws(() => read(file, 65_536), saying(/^it has 65 KB, and 64 KB/));
    truncateSync(file, 65_536);
    assert.equal(read(file, 65_536).length, 65_536);
  });

  it('is read to its limit where it does not say its size', { skip: process.platform !== 'linux' }, () => {
    const file = '/proc/self/maps';
    assert.ok(readFileSync(file).length > 1000);
    assert.match(read(file, 10 * 2 ** 20), /\[stack\]/);
    assert.throws(() => read(file, 1000), saying(/^it has more than 1 KB, the most that is read$/));
  });
});
