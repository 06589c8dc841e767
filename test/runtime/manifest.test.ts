import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { layoutOf } from '../../server/runtime/location.ts';
import { type Manifest, readManifest, writeManifest } from '../../server/runtime/manifest.ts';
import { uniforms } from '../support/random.ts';

const manifest = (id: string): Omit<Manifest, 'format'> => ({
  source: 'pip',
  package: 'tensorflow-cpu',
  version: '2.21.0',
  variant: 'cpu',
  platform: 'linux-x64',
  id,
  addon: `versions/${id}/tfjs_binding.node`,
  libraries: `versions/${id}`,
  searchPath: [],
  files: [{ path: `versions/${id}/tfjs_binding.node`, bytes: 1 }],
  bytes: 1,
  compiler: 'c++',
  addonSource: '4.22.0',
  python: '/usr/bin/python3',
  installed: '2026-01-01T00:00:00.000Z',
});

let folder: string;
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'rectiscope-manifest-'));
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

describe('the manifest', () => {
  it('is read back as it was written', async () => {
    await writeManifest(folder, manifest('one'));
    assert.deepEqual(await readManifest(folder), { state: 'present', manifest: { format: 1, ...manifest('one') } });
    assert.deepEqual(await fs.readdir(layoutOf(folder).staging), [], 'no temporary file stays');
  });

  it('is absent in an empty folder and in none', async () => {
    assert.deepEqual(await readManifest(folder), { state: 'absent' });
    assert.deepEqual(await readManifest(path.join(folder, 'nowhere')), { state: 'absent' });
  });

  it('that is damaged counts as unreadable, wherever it was cut', async () => {
    await writeManifest(folder, manifest('one'));
    const file = layoutOf(folder).manifest;
    const whole = await fs.readFile(file, 'utf8');
    for (let length = 0; length < whole.trimEnd().length; length += 7) {
      await fs.writeFile(file, whole.slice(0, length));
      assert.equal((await readManifest(folder)).state, 'unreadable', `cut at ${length}`);
    }
  });

  it('that lacks a field, has a wrong one or another format counts as unreadable', async () => {
    const file = layoutOf(folder).manifest;
    const good: Record<string, unknown> = { format: 1, ...manifest('one') };
    for (const key of Object.keys(good)) {
      const { [key]: _gone, ...rest } = good;
      for (const bad of [rest, { ...good, [key]: null }, { ...good, [key]: { a: 1 } }]) {
        await fs.writeFile(file, JSON.stringify(bad));
        assert.equal((await readManifest(folder)).state, 'unreadable', JSON.stringify(bad));
      }
    }
    await fs.writeFile(file, JSON.stringify({ ...good, format: 2 }));
    assert.match(JSON.stringify(await readManifest(folder)), /format 2/);
  });

  it('never names a folder outside of `versions`', async () => {
    for (const id of ['..', '.', '../x', '/etc', 'a/b']) {
      await fs.writeFile(layoutOf(folder).manifest, JSON.stringify({ format: 1, ...manifest('one'), id }));
      assert.equal((await readManifest(folder)).state, 'unreadable', id);
    }
  });

  it('is whole after any number of kills of its writer', async () => {
    const seed = 20260101;
    const random = uniforms(seed);
    await writeManifest(folder, manifest('start'));
    const source = `
      import { writeManifest } from ${JSON.stringify(new URL('../../server/runtime/manifest.ts', import.meta.url).href)};
      const base = ${JSON.stringify(manifest('x'))};
      for (let i = 0; ; i++) {
        await writeManifest(${JSON.stringify(folder)}, { ...base, id: 'kill-' + i, compiler: 'c'.repeat(i % 5000 + 1) });
        if (i === 0) process.stdout.write('writing');
      }`;
    for (let kill = 0; kill < 12; kill++) {
      const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(child, 'exit');
      await once(child.stdout, 'data');
      await sleep(60 * random());
      child.kill('SIGKILL');
      await exit;
      const reading = await readManifest(folder);
      assert.equal(reading.state, 'present', `seed ${seed}, kill ${kill}`);
      assert.match(reading.state === 'present' ? reading.manifest.id : '', /^kill-\d+$/);
    }
  });
});
