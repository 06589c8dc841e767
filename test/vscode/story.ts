/** What the smoke test does, in order: a newcomer's first session, and a reload in the middle of a run. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectToServer } from '../../server/client/connect.ts';
import { type RunSnapshot, Runs, Show } from '../../server/protocol/requests.ts';
import { unpack } from '../../server/protocol/scalar.ts';
import { RUN_COLORS } from '../../webview/colors.ts';
import type { Checks } from './checks.ts';
import { until } from './suite/until.ts';
import type { Workbench } from './workbench.ts';

export interface Scene {
  workbench: Workbench;
  checks: Checks;
  /** Folder that is open. */
  workspace: string;
}

/** What the store has of the latest run of a name, asked past the editor. */
async function stored(workspace: string, name: string): Promise<RunSnapshot> {
  const client = await connectToServer({ home: join(workspace, '.rectiscope'), start: false });
  assert.ok(client, 'the training server runs');
  const runs = await client.request(Runs);
  const run = runs.toSorted((a, b) => b.created.localeCompare(a.created)).find((one) => one.name === name);
  assert.ok(run, `${name} is in the store`);
  const snapshot = await client.request(Show, { run: run.run });
  client.dispose();
  return snapshot;
}

/** Each step once and none left out. */
function assertGapFree({ steps, summary }: RunSnapshot): void {
  const all = [...unpack(steps.step)];
  assert.deepEqual(
    all,
    all.map((_, i) => i + 1),
  );
  assert.equal(all.length, summary.step);
}

const [firstColor = ''] = RUN_COLORS.dark;

export async function story(scene: Scene): Promise<void> {
  await writeRunFile(scene);
  await trainIt(scene);
  await looks(scene);
  await stopAndReload(scene);
  await findAndFix(scene);
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
    workbench.status(/mine · epoch \d+\.\d of 5.* left · top-1 \d+\.\d %/).waitFor(),
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
      .locator('.notifications-toasts', { hasText: /mine has finished in .*top-1 error/ })
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
    // The page tells its host half a second later.
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

async function stopAndReload({ workbench, checks, workspace }: Scene): Promise<void> {
  const { page, panel } = workbench;
  const check = checks.check.bind(checks);
  await check('a file opened from the panel’s group leaves the panel in view', async () => {
    await workbench.panelTab.click();
    // The page takes the focus a moment later, which would close the list of files.
    await page.waitForTimeout(1000);
    await workbench.openFile('long.rectiscope.yaml');
    await panel.locator('.run', { hasText: 'mine' }).waitFor();
  });
  await check('a reload of the window in a run finds it again, gap-free', async () => {
    await workbench.run('Rectiscope: Train');
    await panel.locator('.run', { hasText: 'long' }).waitFor();
    await workbench.status(/long · epoch/).waitFor();
    await page.reload();
    await workbench.ready();
    await panel.locator('.run', { hasText: 'long' }).waitFor();
    await workbench.status(/long · epoch/).waitFor();
    const before = (await stored(workspace, 'long')).summary.step;
    await until('the run goes on', async () => (await stored(workspace, 'long')).summary.step > before + 10);
    await until('the panel follows', async () => (await workbench.pixels('Loss', RUN_COLORS.dark[1] ?? '')) > 100);
    await checks.picture('5-reloaded');
  });
  await check('Stop from the palette stops the only run that goes', async () => {
    await workbench.run('Rectiscope: Stop');
    await workbench.status(/long · stopped/).waitFor();
    await workbench.showRuns();
    await workbench.treeRow('long', /stopped/).waitFor();
    assertGapFree(await stored(workspace, 'long'));
  });
  await check('Resume on the run’s row goes on from there', async () => {
    const { step } = (await stored(workspace, 'long')).summary;
    await workbench.treeRow('long').hover();
    await workbench.treeRow('long').locator('a[aria-label="Resume"]').click();
    await workbench.status(/long · epoch/).waitFor();
    await until('it goes on', async () => (await stored(workspace, 'long')).summary.step > step);
    await workbench.treeRow('long').hover();
    await workbench.treeRow('long').locator('a[aria-label="Stop"]').click();
    await workbench.status(/long · stopped/).waitFor();
    const end = await stored(workspace, 'long');
    assertGapFree(end);
  });
}

async function findAndFix({ workbench, checks }: Scene): Promise<void> {
  const { page, panel } = workbench;
  const check = checks.check.bind(checks);
  await check('a vanishing gradient is found on the line that caused it', async () => {
    await workbench.openFile('vanishing.rectiscope.yaml');
    await workbench.run('Rectiscope: Train');
    await workbench.squiggles('error').first().waitFor();
    await panel.locator('.finding', { hasText: 'vanishing-gradient' }).waitFor();
    await page.keyboard.press('Control+Shift+M');
    await page
      .locator('.markers-panel .monaco-list-row', { hasText: /measured at step/ })
      .first()
      .waitFor();
    await checks.picture('6-finding');
    await page.keyboard.press('Control+Shift+M');
  });
  await check('the hover says what was measured', async () => {
    await workbench
      .line('init: xavier')
      .locator('span', { hasText: /xavier/ })
      .last()
      .hover();
    await page.locator('.monaco-hover:visible', { hasText: /measured at step/ }).waitFor();
    await checks.picture('6-hover');
    await page.keyboard.press('Escape');
  });
  await check('the quick fix mends the line', async () => {
    await workbench.openFile('vanishing.rectiscope.yaml');
    const line = await lineNumberOf(workbench, 'init: xavier');
    await workbench.goToLine(line);
    await page.keyboard.press('Home');
    await page.keyboard.press('Control+.');
    await page.locator('.action-widget .action', { hasText: 'init: he' }).first().waitFor();
    await checks.picture('6-quick-fix');
    await page.keyboard.press('Enter');
    await workbench.line('init: he').waitFor();
    await workbench.squiggles('error').first().waitFor({ state: 'detached' });
  });
  await check('undo takes it back, and the finding is there again', async () => {
    await page.keyboard.press('Control+Z');
    await workbench.line('init: xavier').waitFor();
    await workbench.squiggles('error').first().waitFor();
  });
  await check('the panel’s button applies it, too', async () => {
    await panel
      .locator('.finding', { hasText: 'vanishing-gradient' })
      .getByRole('button', { name: /Apply|Fix/ })
      .first()
      .click();
    await workbench.line('init: he').waitFor();
    await page.locator('.tab.dirty', { hasText: 'vanishing.rectiscope.yaml' }).waitFor();
    await checks.picture('7-fixed');
  });
}

/** The number that stands beside a line of the editor. */
async function lineNumberOf(workbench: Workbench, text: string): Promise<number> {
  const box = await workbench.line(text).boundingBox();
  const numbers = workbench.page.locator('.editor-instance .line-numbers');
  for (const number of await numbers.all()) {
    const own = await number.boundingBox();
    if (own && box && Math.abs(own.y - box.y) < 5) return Number(await number.textContent());
  }
  throw new Error(`No line “${text}” is in view.`);
}
