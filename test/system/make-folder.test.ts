import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../../server/system/make-folder.ts';
import { HANG_MS } from '../support/hang.ts';
import { temporaryFolder } from '../support/training-server.ts';

describe('a folder', () => {
  it('is created with its parents, in the requested mode, and may exist', (t) => {
    const top = temporaryFolder(t);
    const folder = join(top, 'a', 'b', 'c');
    makeFolder(folder, 0o700);
    makeFolder(folder);
    assert.equal(statSync(join(top, 'a')).mode & 0o777, 0o700);
    symlinkSync(folder, join(top, 'link'));
    makeFolder(join(top, 'link', 'd'));
    assert.ok(statSync(join(folder, 'd')).isDirectory());
  });

  it('is not made of a file, nor in one', (t) => {
    const file = join(temporaryFolder(t), 'file');
    writeFileSync(file, '');
    for (const path of [file, join(file, 'x', 'y')])
      assert.throws(() => makeFolder(path), { code: 'EEXIST', path: file });
  });
});

const cli = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));

describe('a store whose path is too long', () => {
  it('is refused in a sentence', () => {
    const { status, stderr } = spawnSync(process.execPath, [cli, 'runs'], {
      encoding: 'utf8',
      env: { ...process.env, RECTISCOPE_HOME: join('/tmp', 'a'.repeat(300)) },
    });
    assert.equal(status, 2);
    assert.match(stderr, /is too long for the system\. Choose a shorter one; it may be set by RECTISCOPE_HOME\.\n$/);
  });
});

describe('a store where the system allows no folder', { skip: process.platform !== 'linux' }, () => {
  for (const words of [
    ['runs'],
    ['server', 'start'],
    ['server', 'status'],
    ['train', 'examples/he-30.rectiscope.yaml'],
  ])
    it(`\`${words.join(' ')}\` fails with a message`, () => {
      const { status, signal, stdout, stderr } = spawnSync(process.execPath, [cli, ...words], {
        encoding: 'utf8',
        env: { ...process.env, RECTISCOPE_HOME: '/proc/x/y' },
        timeout: HANG_MS,
      });
      assert.equal(signal, null, 'it ended by itself');
      if (words[1] === 'status') {
        assert.equal(status, 0);
        return assert.match(stdout, /No training server is running/);
      }
      assert.equal(status, 2);
      assert.match(stderr, /^\/proc\/x can't be created: .* RECTISCOPE_HOME/);
      return assert.doesNotMatch(stderr, /\n\s+at /);
    });
});
