/** What the smoke test does first: a newcomer’s first session, and how it looks. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_COLORS } from '../../server/figures/colors.ts';
import type { Checks } from './checks.ts';
import { assertGapFree, stored } from './stored.ts';
import { until } from './suite/until.ts';
import type { Workbench } from './workbench.ts';

export interface Scene {
  workbench: Workbench;
  checks: Checks;
  /** Folder that is open. */
  workspace: string;
}

const [firstColor = ''] = RUN_COLORS.dark;

export async function story(scene: Scene): Promise<void> {
  await writeRunFile(scene);
  await trainIt(scene);
  await looks(scene);
}

async function writeRunFile({ workbench, checks, workspace }: Scene): Promise<void> {
  const { page } = workbench;
  const check = checks.check.bind(checks);
  await check('New Run File asks for a name and opens a commented file', async () => {
    await workbench.run('Rectiscope: New Run File');
    await workbench.answer('mine');
    await page.locator('.tab.active', { hasText: 'mine.rectiscope.yaml' }).waitFor();
    await workbench.line('bundled: grey').waitFor();
  });
  const text = readFileSync(join(workspace, 'mine.rectiscope.yaml'), 'utf8');
  const epochs = text.split('\n').findIndex((line) => line.includes('epochs: 10')) + 1;
  await check('a mistake is underlined while it is typed, and listed', async () => {
    await workbench.goToLine(epochs);
    await page.keyboard.type('x');
    await workbench.squiggles('error').first().waitFor();
    await page.keyboard.press('Control+Shift+M');
    await page.locator('.markers-panel .monaco-list-row', { hasText: 'train.epochs' }).waitFor();
    await checks.picture('1-mistake');
    await page.keyboard.press('Control+Shift+M');
  });
  await check('Train goes to the mistake instead of training', async () => {
    await workbench.run('Rectiscope: Train');
    await page.locator('.notifications-toasts', { hasText: `line ${epochs}` }).waitFor();
    await checks.picture('1-mistake-train');
    await workbench.dismissMessages();
  });
  await check('the underline goes with the mistake', async () => {
    await workbench.goToLine(epochs);
    for (const _ of '10x') await page.keyboard.press('Backspace');
    await page.keyboard.type('5');
    await workbench.squiggles('error').first().waitFor({ state: 'detached' });
    await page.keyboard.press('Control+S');
  });
}

async function trainIt({ workbench, checks, workspace }: Scene): Promise<void> {
  const { page, panel } = workbench;
  const check = checks.check.bind(checks);
  await check('Train opens the panel beside the file and leaves the cursor where it was', async () => {
    await workbench.run('Rectiscope: Train');
    await workbench.panelTab.waitFor();
    await panel.locator('.run', { hasText: 'mine' }).waitFor();
    await page.keyboard.type('#');
    await page.locator('.tab.active.dirty', { hasText: 'mine.rectiscope.yaml' }).waitFor();
    await page.keyboard.press('Control+Z');
  });
  await check('the status bar tells epoch, time left and error', () =>
    workbench.status(/mine · epoch [\d.]+ of 5.* left · top-1 \d+\.\d %/).waitFor(),
  );
  await check('the tree shows the run going', async () => {
    await workbench.showRuns();
    await workbench.treeRow('mine', /\d+ %/).waitFor();
  });
  await check('curves grow in the panel', async () => {
    await until('a curve of loss', async () => (await workbench.pixels('Loss', firstColor)) > 100);
    await checks.picture('2-training');
  });
  await check('every layer is drawn as a picture', async () => {
    await until('the picture', async () => (await workbench.shades('mine')) > 30);
  });
  await check('the end is told once, with the error', async () => {
    await page
      .locator('.notifications-toasts', { hasText: /mine finished in .*top-1 error/ })
      .waitFor({ timeout: 180_000 });
    await workbench.status(/mine · finished · top-1/).waitFor();
    await workbench.treeRow('mine', /finished/).waitFor();
    await checks.picture('3-finished');
    await workbench.dismissMessages();
  });
  await check('the packaged extension has trained: the store has every step', async () => {
    const snapshot = await stored(workspace, 'mine');
    assert.equal(snapshot.summary.state, 'finished');
    assert.ok((snapshot.summary.top1 ?? 100) < 50, `top-1 error ${snapshot.summary.top1}`);
    assertGapFree(snapshot);
  });
  await check('a closed and reopened panel shows the same', async () => {
    const facts = () => panel.locator('.run').allTextContents();
    const before = await facts();
    await panel.getByLabel('Log y').check();
    // The page notifies its host half a second later.
    await page.waitForTimeout(1000);
    const pixels = await workbench.pixels('Loss', firstColor);
    await workbench.panelTab.click({ button: 'middle' });
    await workbench.panelTab.waitFor({ state: 'detached' });
    await workbench.run('Rectiscope: Open Panel');
    await panel.locator('.run', { hasText: 'mine' }).waitFor();
    assert.deepEqual(await facts(), before);
    assert.equal(await panel.getByLabel('Log y').isChecked(), true);
    await until(
      'the same curve',
      async () => Math.abs((await workbench.pixels('Loss', firstColor)) - pixels) < pixels * 0.2,
    );
    await panel.getByLabel('Log y').uncheck();
  });
}

export const THEMES = {
  dark: 'Dark 2026',
  light: 'Light 2026',
  'high-contrast': 'Dark High Contrast',
  'high-contrast-light': 'Light High Contrast',
};

async function looks({ workbench, checks }: Scene): Promise<void> {
  const { page, panel } = workbench;
  for (const [name, theme] of Object.entries(THEMES)) {
    await checks.check(`the panel in ${theme}`, async () => {
      await workbench.setTheme(theme);
      const kind = name.startsWith('high') ? /vscode-high-contrast/ : new RegExp(`vscode-${name}`);
      await until('the theme', async () => kind.test((await panel.locator('body').getAttribute('class')) ?? ''));
      await page.waitForTimeout(500);
      await checks.picture(`4-${name}-1280x800`);
      // On so small a screen the side bar is put away.
      await page.setViewportSize({ width: 800, height: 600 });
      await page.keyboard.press('Control+B');
      await page.waitForTimeout(500);
      await checks.picture(`4-${name}-800x600`);
      const wide = await panel.locator('body').evaluate((body) => body.scrollWidth - body.clientWidth);
      assert.ok(wide <= 0, `the page is ${wide} pixels too wide`);
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.keyboard.press('Control+B');
    });
  }
  await workbench.setTheme(THEMES.dark);
}
