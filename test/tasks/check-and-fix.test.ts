/** Files checked and fixed as every client has it: an answer, and nothing printed. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { checkFile, checkFiles, checkJson } from '../../server/tasks/check.ts';
import { fixFile } from '../../server/tasks/fix.ts';
import { TaskError } from '../../server/tasks/task-error.ts';

const folder = mkdtempSync(join(tmpdir(), 'rectiscope-tasks-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const vanishing = join(folder, 'vanishing.rectiscope.yaml');
copyFileSync(fileURLToPath(new URL('../../examples/xavier-30.rectiscope.yaml', import.meta.url)), vanishing);
const broken = join(folder, 'broken.rectiscope.yaml');
writeFileSync(broken, 'version: 1\nseed: much\n');

const isBadInput = (message: RegExp) => (error: unknown) =>
  error instanceof TaskError && error.trouble === 'badInput' && message.test(error.message);

describe('checking files', () => {
  it('continues if one is missing: its first line is the mistake', async () => {
    const missing = join(folder, 'missing.rectiscope.yaml');
    const [first, second] = await checkFiles([missing, vanishing]);
    assert.ok(first && second);
    assert.deepEqual(checkJson(first), {
      file: missing,
      findings: [{ rule: 'run-file', severity: 'error', line: 1, column: 1, message: 'there is no such file.' }],
    });
    assert.equal(second.checked.checked?.findings[0]?.rule, 'vanishing-gradient');
    await assert.rejects(checkFile(missing), isBadInput(/missing.*there is no such file/));
  });
});

describe('fixing a file', () => {
  it('shows which lines will differ, and changes them only with `write`', async () => {
    const before = readFileSync(vanishing, 'utf8');
    const shown = await fixFile(vanishing, { write: false });
    assert.deepEqual([shown.written, shown.removed.length, shown.added.length], [false, 1, 1]);
    assert.match(shown.added[0] ?? '', /init: he/);
    assert.equal(readFileSync(vanishing, 'utf8'), before);

    const { written, fixes } = await fixFile(vanishing, { write: true });
    assert.deepEqual([written, fixes], [true, shown.fixes]);
    const [removed, added] = [shown.removed[0] ?? '', shown.added[0] ?? ''];
    assert.equal(readFileSync(vanishing, 'utf8'), before.replace(removed, added));
    assert.deepEqual((await checkFile(vanishing)).checked.checked?.findings, []);

    const again = await fixFile(vanishing, { write: true });
    assert.deepEqual([again.written, again.fixes, again.added], [false, [], []]);
  });

  it('refuses one with mistakes, and names them by line', async () => {
    await assert.rejects(fixFile(broken, { write: true }), isBadInput(/broken\.rectiscope\.yaml:2:7: `seed`/));
  });
});
