import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { RuntimeError } from '../../server/runtime/errors.ts';
import { loadAddonAt } from '../../server/runtime/load.ts';
import { layoutOf } from '../../server/runtime/location.ts';
import { acquireLock } from '../../server/runtime/lock.ts';
import { thisPlatform } from '../../server/runtime/machine.ts';
import { type Manifest, writeManifest } from '../../server/runtime/manifest.ts';
import { type MissingRuntime, requireInstalled, runtimeStatus } from '../../server/runtime/status.ts';

let folder: string;
let outside: string;
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'rectiscope-status-'));
  outside = await fs.mkdtemp(path.join(os.tmpdir(), 'rectiscope-environment-'));
});
afterEach(async () => {
  await fs.rm(folder, { recursive: true, force: true });
  await fs.rm(outside, { recursive: true, force: true });
});

/** An installed runtime: one file of ours, one of an environment. */
async function installed(change: Partial<Manifest> = {}): Promise<{ addon: string; library: string }> {
  const addon = path.join(folder, 'versions', 'one', 'tfjs_binding.node');
  const library = path.join(outside, 'libtensorflow_cc.so.2');
  await fs.mkdir(path.dirname(addon), { recursive: true });
  await fs.writeFile(addon, 'addon');
  await fs.writeFile(library, 'library');
  const { mtimeMs: modified } = await fs.stat(library);
  await writeManifest(folder, {
    source: 'environment',
    package: 'tensorflow',
    version: '2.20.0',
    variant: 'cuda',
    platform: thisPlatform(),
    id: 'one',
    addon: 'versions/one/tfjs_binding.node',
    libraries: outside,
    searchPath: [],
    files: [
      { path: 'versions/one/tfjs_binding.node', bytes: 5 },
      { path: library, bytes: 7, modified },
    ],
    bytes: 5,
    compiler: 'c++ 12',
    addonSource: '4.22.0',
    python: '/usr/bin/python3',
    installed: '2026-01-01T00:00:00.000Z',
    ...change,
  });
  return { addon, library };
}

async function missing(): Promise<MissingRuntime> {
  const status = await runtimeStatus(folder);
  assert.equal(status.installed, false);
  assert.ok(status.problem.endsWith('.') && status.advice.endsWith('.'), 'both are sentences');
  return status;
}

describe('the state of the runtime', () => {
  it('of an empty folder, and of none, says how to get it', async () => {
    const empty = await missing();
    assert.equal(empty.installing, false);
    assert.match(`${empty.problem} ${empty.advice}`, /not installed.*runtime install|onnx/);
    const none = await runtimeStatus(path.join(folder, 'nowhere'));
    assert.equal(none.installed, false);
  });

  it('of an installed one gives absolute paths, wherever the folder lies now', async () => {
    const { addon } = await installed();
    const status = await runtimeStatus(folder);
    assert.ok(status.installed);
    assert.equal(status.addon, addon);
    assert.equal(status.libraries, outside);
    assert.equal(status.source, 'environment');
    assert.equal(status.variant, 'cuda');
    assert.equal(status.version, '2.20.0');
    assert.equal(status.bytes, 5);

    const elsewhere = `${folder}-moved`;
    await fs.rename(folder, elsewhere);
    const moved = await runtimeStatus(elsewhere);
    await fs.rename(elsewhere, folder);
    assert.ok(moved.installed);
    assert.equal(moved.addon, path.join(elsewhere, 'versions', 'one', 'tfjs_binding.node'));
  });

  it('of a half installation (files, no manifest) is: not installed', async () => {
    await installed();
    await fs.rm(layoutOf(folder).manifest);
    assert.match((await missing()).problem, /not installed/);
  });

  it('of a folder with a broken manifest names the manifest', async () => {
    await fs.writeFile(layoutOf(folder).manifest, '{"format": 1');
    const status = await missing();
    assert.ok(status.problem.includes(layoutOf(folder).manifest));
    assert.match(status.advice, /runtime install/);
  });

  it('notices files that are gone or have another size', async () => {
    const { addon, library } = await installed();
    await fs.appendFile(addon, 'x');
    assert.ok((await missing()).problem.includes(addon));
    await installed();
    await fs.rm(addon);
    assert.ok((await missing()).problem.includes(addon));
    await installed();
    await fs.rm(library);
    assert.ok((await missing()).problem.includes(library));
  });

  it('notices that an environment’s TensorFlow was replaced by one of the same size', async () => {
    const { library } = await installed();
    await fs.utimes(library, new Date(2020, 0), new Date(2020, 0));
    assert.match((await missing()).problem, /changed since it was verified/);
  });

  it('does not take the runtime of another platform for ours: homes are shared', async () => {
    await installed({ platform: 'plan9-mips' });
    assert.match((await missing()).problem, /plan9-mips/);
  });

  it('reports that an installation is in progress', async () => {
    const lock = await acquireLock(layoutOf(folder).locks);
    assert.equal((await missing()).installing, true);
    await lock.release();
    assert.equal((await missing()).installing, false);
  });
});

describe('loading', () => {
  it('a missing runtime says what to do', async () => {
    const status = await missing();
    assert.throws(
      () => loadAddonAt(requireInstalled(status)),
      (error) =>
        error instanceof RuntimeError && error.code === 'not-installed' && error.message.includes(status.advice),
    );
  });

  it('a file that is not an addon is reported in one sentence, with what to do', async () => {
    await installed();
    const status = await runtimeStatus(folder);
    assert.throws(
      () => loadAddonAt(requireInstalled(status)),
      (error) => error instanceof RuntimeError && error.code === 'load' && /--force/.test(error.message),
    );
  });
});
