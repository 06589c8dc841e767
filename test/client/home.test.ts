import assert from 'node:assert/strict';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findHome } from '../../server/client/home.ts';
import { childEnvironment, processFile, productVersion, trainerEnvironment } from '../../server/system/processes.ts';
import { temporaryFolder } from '../support/training-server.ts';

describe('the store of a folder', () => {
  it('is RECTISCOPE_HOME, the nearest on the way up, or the folder’s own', (t) => {
    const top = temporaryFolder(t);
    const inner = join(top, 'a', 'b');
    mkdirSync(inner, { recursive: true });
    assert.equal(findHome(inner, { RECTISCOPE_HOME: '/elsewhere' }), '/elsewhere');
    assert.equal(findHome(inner, { RECTISCOPE_HOME: '' }), join(inner, '.rectiscope'));
    assert.equal(findHome(inner, {}), join(inner, '.rectiscope'));
    mkdirSync(join(top, '.rectiscope'));
    assert.equal(findHome(inner, {}), join(top, '.rectiscope'));
    mkdirSync(join(top, 'a', '.rectiscope'));
    assert.equal(findHome(inner, {}), join(top, 'a', '.rectiscope'));
  });

  it('is not a file, nor the folder of another user', (t) => {
    const top = temporaryFolder(t);
    const inner = join(top, 'a');
    mkdirSync(inner);
    writeFileSync(join(top, '.rectiscope'), '');
    assert.equal(findHome(inner, {}), join(inner, '.rectiscope'));
    if (process.getuid?.() !== 0) return t.diagnostic('not tried with a folder of another user: that takes root');
    mkdirSync(join(inner, '.rectiscope'));
    assert.equal(findHome(inner, {}), join(inner, '.rectiscope'));
    chownSync(join(inner, '.rectiscope'), 65534, 65534);
    const below = join(inner, 'below');
    mkdirSync(below);
    assert.equal(findHome(below, {}), join(below, '.rectiscope'));
  });
});

describe('the other processes', () => {
  it('start from the source tree or from the bundle beside', () => {
    assert.match(processFile('server'), /server[\\/]supervisor[\\/]main\.ts$/);
    assert.match(processFile('trainer'), /server[\\/]trainer[\\/]main\.ts$/);
    assert.equal(processFile('language', 'file:///x/server/system/processes.ts'), '/x/server/language/main.ts');
    for (const bundle of ['server.mjs', 'extension.cjs']) {
      assert.equal(processFile('trainer', `file:///x/dist/${bundle}`), '/x/dist/trainer.mjs');
    }
    assert.match(productVersion(), /^\d+\.\d+\.\d+$/);
  });

  it('get the environment of their parent, without what belongs to its window, debugger or channel', () => {
    const environment = childEnvironment({
      PATH: '/bin',
      RECTISCOPE_HOME: '/h',
      CUDA_VISIBLE_DEVICES: '0',
      NODE_OPTIONS: '--require bootloader.js',
      NODE_CHANNEL_FD: '3',
      NODE_CHANNEL_SERIALIZATION_MODE: 'json',
      NODE_UNIQUE_ID: '1',
      VSCODE_INSPECTOR_OPTIONS: '{}',
      VSCODE_IPC_HOOK_CLI: '/sock',
      VSCODE_PID: '7',
    });
    assert.deepEqual(environment, {
      PATH: '/bin',
      RECTISCOPE_HOME: '/h',
      CUDA_VISIBLE_DEVICES: '0',
      ELECTRON_RUN_AS_NODE: '1',
      NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
    });
    assert.equal(childEnvironment({ NODE_COMPILE_CACHE: '/mine' })['NODE_COMPILE_CACHE'], '/mine');
    // Of a trainer, glibc's allocator too, unless somebody has set it.
    const trainer = trainerEnvironment({ MALLOC_ARENA_MAX: '2', NODE_OPTIONS: '--inspect' });
    assert.deepEqual(
      [trainer['MALLOC_ARENA_MAX'], trainer['MALLOC_MMAP_MAX_'], trainer['NODE_OPTIONS']],
      ['2', '0', undefined],
    );
  });
});
