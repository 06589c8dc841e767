import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { RuntimeError } from '../../server/runtime/errors.ts';
import { findPythons, type Python } from '../../server/runtime/python.ts';
import { unpackWheel } from '../../server/runtime/unpack.ts';
import { noPip, writeArchive } from '../support/fake-tensorflow.ts';

describe('unpacking a wheel', { skip: noPip }, () => {
  let python: Python;
  let base: string;
  let wheel: string;
  let into: string;
  before(async () => {
    const [first] = await findPythons({ python: 'python3', cwd: os.tmpdir() });
    assert.ok(first);
    python = first;
  });
  beforeEach(async () => {
    base = await fs.mkdtemp(path.join(os.tmpdir(), 'rectiscope-unpack-'));
    wheel = path.join(base, 'a.whl');
    into = path.join(base, 'in', 'to');
  });
  afterEach(() => fs.rm(base, { recursive: true, force: true }));

  /** Refused whole: nothing is written inside or outside. */
  async function refused(reason: RegExp): Promise<void> {
    const before = await fs.readdir(base, { recursive: true });
    await assert.rejects(
      unpackWheel(wheel, { python, into, cwd: base }),
      (error) => error instanceof RuntimeError && error.code === 'bad-archive' && reason.test(error.message),
    );
    assert.deepEqual(await fs.readdir(base, { recursive: true }), before);
  }

  it('extracts the wanted files, with their permissions', async () => {
    writeArchive(wheel, [
      { name: 'pkg/lib.so', text: 'library', mode: 0o100755 },
      { name: 'pkg/include/c/a.h', text: 'header' },
      { name: 'pkg/other.py', text: 'other' },
      { name: 'pkg/folder/', text: '' },
    ]);
    const keep = ['pkg/lib\\.so', 'pkg/include/.*\\.h'];
    assert.deepEqual(await unpackWheel(wheel, { python, into, keep, cwd: base }), { files: 2, bytes: 13 });
    assert.deepEqual((await fs.readdir(into, { recursive: true })).sort(), [
      'pkg',
      'pkg/include',
      'pkg/include/c',
      'pkg/include/c/a.h',
      'pkg/lib.so',
    ]);
    assert.equal(await fs.readFile(path.join(into, 'pkg/lib.so'), 'utf8'), 'library');
    assert.equal((await fs.stat(path.join(into, 'pkg/lib.so'))).mode & 0o111, 0o111);
    assert.equal((await fs.stat(path.join(into, 'pkg/include/c/a.h'))).mode & 0o111, 0);
  });

  it('reports how far it is', async () => {
    writeArchive(
      wheel,
      Array.from({ length: 4 }, (_, i) => ({ name: `z${i}`, text: randomText(9e6) })),
    );
    const seen: [number, number | undefined][] = [];
    await unpackWheel(wheel, { python, into, cwd: base, onBytes: (done, total) => seen.push([done, total]) });
    assert.ok(seen.length >= 2);
    assert.ok(seen.every(([done, total], i) => total === 36e6 && done > (seen[i - 1]?.[0] ?? 0) && done <= 36e6));
  });

  for (const name of [
    '../evil',
    'pkg/../../evil',
    'pkg/..',
    '/evil',
    '//evil',
    'pkg//evil',
    './evil',
    '..\\evil',
    'pkg\\evil',
    'C:evil',
    'C:/evil',
  ]) {
    it(`refuses a name that leads out: ${name}`, async () => {
      writeArchive(wheel, [
        { name: 'pkg/fine', text: 'fine' },
        { name, text: 'evil' },
      ]);
      await refused(/points outside/);
    });
  }

  it('refuses links, which a later entry could be written through', async () => {
    writeArchive(wheel, [
      { name: 'pkg/link', text: '/etc', mode: 0o120777 },
      { name: 'pkg/link/passwd', text: 'evil' },
    ]);
    await refused(/link/);
  });

  it('refuses two files of one name, and names that differ only by case', async () => {
    writeArchive(wheel, [
      { name: 'pkg/a', text: 'one' },
      { name: 'pkg/a', text: 'two' },
    ]);
    await refused(/the same name/);
    writeArchive(wheel, [
      { name: 'pkg/a', text: 'one' },
      { name: 'pkg/A', text: 'two' },
    ]);
    await refused(/the same name/);
  });

  it('refuses a bomb before it unpacks it', async () => {
    writeArchive(wheel, [{ name: 'pkg/zeros', zeros: 200e6 }]);
    assert.ok((await fs.stat(wheel)).size < 1e6);
    await refused(/100 times its size/);
  });

  it('refuses what is no archive, and one that was cut short', async () => {
    await fs.writeFile(wheel, 'not an archive');
    await refused(/damaged/);
    writeArchive(wheel, [{ name: 'pkg/a', text: randomText(1e5) }]);
    const whole = await fs.readFile(wheel);
    await fs.writeFile(wheel, whole.subarray(0, whole.length / 2));
    await refused(/damaged/);
  });

  it('notices a byte that was changed', async () => {
    writeArchive(wheel, [{ name: 'pkg/a', text: randomText(1e5) }]);
    const bytes = await fs.readFile(wheel);
    bytes.writeUInt8(bytes.readUInt8(30_000) ^ 1, 30_000);
    await fs.writeFile(wheel, bytes);
    await assert.rejects(
      unpackWheel(wheel, { python, into, cwd: base }),
      (error) => error instanceof RuntimeError && error.code === 'bad-archive',
    );
  });
});

/** Text that hardly compresses, so that no archive of it looks like a bomb. */
function randomText(length: number): string {
  let state = 1;
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = 48 + ((state >>> 16) % 64);
  }
  return bytes.toString('latin1');
}
