/** Where exports may go: nothing of the user's is lost, and a file is whole or not there. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { exportRun } from '../../server/export/export-run.ts';
import type { ExportKind } from '../../server/export/exporter.ts';
import { safeName } from '../../server/export/safe-name.ts';
import { writePlaced } from '../../server/export/write.ts';
import { withFolder } from '../support/idx.ts';
import { brokenRun } from './exported-run.ts';

const snapshot = brokenRun();

/** Export to places below a folder; gives the files written. */
async function write(folder: string, targets: Partial<Record<ExportKind, string>>, force = false): Promise<string[]> {
  const written: string[] = [];
  const places = Object.entries(targets).map(([kind, name]) => [kind as ExportKind, join(folder, name)] as const);
  await exportRun(snapshot, new Map(places), { force, onWritten: ({ file }) => written.push(file) });
  return written;
}

const everything = (folder: string) => readdirSync(folder, { recursive: true }).map(String).toSorted();

describe('an export', () => {
  it('writes several at once and reports each file', () =>
    withFolder(async (folder) => {
      const written = await write(folder, { csv: 'a.csv', report: 'a.html', tensorboard: 'tb', svg: 'svg' });
      for (const file of written) assert.ok(statSync(file).size > 0, file);
      assert.ok(written.length > 10);
      assert.equal(everything(folder).filter((name) => name.endsWith('.tmp')).length, 0);
    }));

  it('overwrites only with force', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'a.csv'), 'mine');
      await assert.rejects(write(folder, { csv: 'a.csv' }), /a\.csv already exists: add --force/);
      assert.equal(readFileSync(join(folder, 'a.csv'), 'utf8'), 'mine');
      await write(folder, { csv: 'a.csv' }, true);
      assert.match(readFileSync(join(folder, 'a.csv'), 'utf8'), /^run,name/);
      await write(folder, { svg: 'svg' });
      await assert.rejects(write(folder, { svg: 'svg' }), /add --force/);
      await write(folder, { svg: 'svg' }, true);
    }));

  it('replaces no link, also with force, and finds its way through a link to a folder', () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, 'real'));
      writeFileSync(join(folder, 'mine.csv'), 'mine');
      symlinkSync(join(folder, 'mine.csv'), join(folder, 'link.csv'));
      symlinkSync(join(folder, 'real'), join(folder, 'there'));
      for (const force of [false, true])
        await assert.rejects(write(folder, { csv: 'link.csv' }, force), /is a link or a device, and would be replaced/);
      assert.equal(readFileSync(join(folder, 'mine.csv'), 'utf8'), 'mine');
      await write(folder, { csv: 'there/a.csv', svg: 'there/svg' });
      assert.ok(statSync(join(folder, 'real', 'a.csv')).size > 0);
    }));

  it('refuses a folder with other things in it, also with force', () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, 'svg', 'deep'), { recursive: true });
      for (const force of [false, true])
        await assert.rejects(write(folder, { svg: 'svg' }, force), /contains other files \(deep\/\)/);
      writeFileSync(join(folder, 'svg', 'thesis.tex'), '');
      await assert.rejects(write(folder, { svg: 'svg' }, true), /contains other files/);
      assert.deepEqual(everything(folder), ['svg', 'svg/deep', 'svg/thesis.tex']);
    }));

  it('puts runs side by side for TensorBoard, beside whatever is there', () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, 'tb', 'of-another-tool'), { recursive: true });
      const [file = ''] = await write(folder, { tensorboard: 'tb' });
      assert.match(file, /tb.broken-r-bad.events\.out\.tfevents\.\d+\.rectiscope$/);
      await assert.rejects(write(folder, { tensorboard: 'tb' }), /add --force/);
      await write(folder, { tensorboard: 'tb' }, true);
      assert.equal(readdirSync(join(folder, 'tb', 'broken-r-bad')).length, 1);
    }));

  it('checks everything before it writes anything', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'there.csv'), 'mine');
      const before = everything(folder);
      await assert.rejects(write(folder, { report: 'new.html', csv: 'there.csv' }), /there\.csv/);
      // There is no checkpoint, so no weights: found out before the report is written.
      await assert.rejects(write(folder, { report: 'new.html', weights: 'w' }), /ended without a checkpoint/);
      await assert.rejects(write(folder, { report: 'a', csv: 'a' }), /named twice/);
      await assert.rejects(write(folder, { svg: 'out', csv: 'out/a.csv' }), /there is no folder|is inside/);
      await assert.rejects(write(folder, { csv: 'no/such/folder.csv' }), /there is no folder .*such/);
      await assert.rejects(write(folder, { csv: 'there.csv/x' }), /is a file, not a folder|there is no folder/);
      await assert.rejects(write(folder, { svg: 'there.csv' }), /is a file: name a folder/);
      await assert.rejects(write(folder, { report: '.' }), /is a folder: name a file/);
      assert.deepEqual(everything(folder), before);
    }));

  it('that fails leaves what was there, and nothing half done', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'a.csv');
      writeFileSync(file, 'mine');
      const full = {
        writeWhole: async (name: string) => {
          writeFileSync(join(folder, `.${name.split(/[/\\]/).at(-1)}.tmp`), 'half');
          throw new Error('no space left on device');
        },
        remove: async () => {},
      };
      const placed = { path: '', file, make: () => [Buffer.from('new')] };
      await assert.rejects(writePlaced(placed, full), /a\.csv could not be written: no space left/);
      assert.deepEqual(everything(folder), ['a.csv']);
      assert.equal(readFileSync(file, 'utf8'), 'mine');
    }));

  it('can be read by others than its owner, as the umask says', { skip: process.platform === 'win32' }, () =>
    withFolder(async (folder) => {
      await write(folder, { csv: 'a.csv' });
      const wanted = 0o666 & ~process.umask();
      assert.equal(statSync(join(folder, 'a.csv')).mode & 0o777, wanted);
      assert.ok(existsSync(join(folder, 'a.csv')));
    }),
  );
});

describe('a run’s name as a folder’s', () => {
  it('is letters, digits and a few signs', () => {
    assert.equal(safeName('he-30'), 'he-30');
    assert.equal(safeName('../../etc/passwd'), 'etc-passwd');
    assert.equal(safeName('größer als 1e-3?'), 'größer-als-1e-3');
    assert.equal(safeName('...'), 'run');
    assert.equal([...safeName('x'.repeat(300))].length, 80);
  });
});
