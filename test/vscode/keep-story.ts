/** What the smoke test does last: what a user keeps of a run: its name, a note, a star, an export. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stored } from './stored.ts';
import type { Scene } from './story.ts';
import { until } from './suite/until.ts';
import type { Workbench } from './workbench.ts';

export async function keepStory({ workbench, checks, workspace }: Scene): Promise<void> {
  const { page } = workbench;
  const check = checks.check.bind(checks);
  await check('Rename on the run’s row begins with its name', async () => {
    await choose(workbench, 'long', 'Rename Run');
    assert.equal(await workbench.answered('kept'), 'long');
    await workbench.treeRow('kept', /stopped/).waitFor();
  });
  await check('a note is written on the run, and begins with the one before', async () => {
    await choose(workbench, 'kept', 'Write a Note on a Run');
    assert.equal(await workbench.answered('the first\\nof two lines'), '');
    await until('the note', async () => (await stored(workspace, 'kept')).summary.note === 'the first\nof two lines');
    await choose(workbench, 'kept', 'Write a Note on a Run');
    assert.equal(await workbench.answered('short'), 'the first\\nof two lines');
    await until('the other note', async () => (await stored(workspace, 'kept')).summary.note === 'short');
  });
  await check('a star is set and taken away', async () => {
    await choose(workbench, 'kept', 'Star Run');
    await workbench.treeRow('★ kept').waitFor();
    await checks.picture('8-starred');
    await choose(workbench, 'kept', 'Remove Star');
    await workbench.treeRow('★ kept').waitFor({ state: 'detached' });
  });
  await check('Export Run writes the file that is chosen', async () => {
    await workbench.run('Rectiscope: Export Run');
    await pick(workbench, 'kept');
    await pick(workbench, 'CSV');
    const dialog = page.locator('.quick-input-widget:visible input').first();
    await until('the proposed name', async () => (await dialog.inputValue()).endsWith('kept.csv'));
    await page.keyboard.press('Enter');
    await page.locator('.notifications-toasts', { hasText: 'kept exported.' }).waitFor();
    const rows = readFileSync(join(workspace, 'kept.csv'), 'utf8').split('\n');
    assert.ok(rows.length > 20, `${rows.length} rows`);
  });
}

/** Choose from the menu of a run's row. */
async function choose(workbench: Workbench, name: string, title: string): Promise<void> {
  await workbench.showRuns();
  await workbench.treeRow(name).click({ button: 'right' });
  const item = workbench.page.locator('.monaco-menu .action-item:visible', { hasText: title }).first();
  await item.waitFor();
  // A menu that has only just opened takes no click, lest the one that opened it chooses.
  await workbench.page.waitForTimeout(500);
  await item.click();
}

/** Pick from a list by what its first row says. */
async function pick({ page }: Workbench, text: string): Promise<void> {
  const input = page.locator('.quick-input-widget:visible input[type="text"]').first();
  await input.waitFor();
  await input.fill(text);
  await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: text }).waitFor();
  await page.keyboard.press('Enter');
}
