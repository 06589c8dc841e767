/** What the smoke test does next: a reload during a run, stopping and continuing, a finding and its fix. */
import { RUN_COLORS } from '../../server/figures/colors.ts';
import { assertGapFree, stored } from './stored.ts';
import type { Scene } from './story.ts';
import { until } from './suite/until.ts';
import type { Workbench } from './workbench.ts';

export async function laterStory(scene: Scene): Promise<void> {
  await stopAndReload(scene);
  await findAndFix(scene);
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
