/** `rectiscope panel` in a real browser, with real training: what a user without VS Code does, and what the page outlasts. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { connectToServer } from '../../server/client/connect.ts';
import { RUN_COLORS } from '../../server/figures/colors.ts';
import { Runs } from '../../server/protocol/requests.ts';
import { launchBrowser } from '../browser.ts';
import { act, goesOn, isConnected, openPage, row, shots, stepOf } from '../support/browser-panel.ts';
import { type PanelCommand, startPanel } from '../support/panel-command.ts';
import { endProcess, later, until } from '../support/training-server.ts';
import { assertGapFree, stored } from '../vscode/stored.ts';
import { pixelsOf } from '../webview/stage.ts';

const browser = await launchBrowser();
const [firstColor = ''] = RUN_COLORS.light;

/** Another program on the panel's port; gives all that it hears. */
async function impostor(t: TestContext, { port }: PanelCommand): Promise<string[]> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    heard.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    response.end('I am the panel, believe me.');
  });
  later(t, () => server.close());
  later(t, () => server.closeAllConnections());
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
  return heard;
}

/** Hides the page from the user, or shows it: what a browser does with a tab. */
const look = (page: Page, isSeen: boolean): Promise<unknown> =>
  page.evaluate((seen) => {
    Object.defineProperty(document, 'hidden', { value: !seen, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, isSeen);

describe('the panel in a browser', { skip: browser === undefined && 'no browser' }, () => {
  after(() => browser?.close());

  it('follows a run from its start, through a killed training server and a killed panel, and stops it', {
    timeout: 240_000,
  }, async (t) => {
    const { folder, home, panel, page, errors, command } = await openPage(t, browser, {
      files: ['long.rectiscope.yaml'],
    });
    await page.getByText('No runs yet').waitFor();
    await page.getByRole('button', { name: 'Train a run file' }).click();
    await page.getByRole('dialog').getByText('rectiscope train long.rectiscope.yaml').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    command('train', 'long.rectiscope.yaml', '--detach');
    await row(page, 'long').getByText('running').waitFor();
    await until(async () => (await pixelsOf(page, { title: 'Loss', color: firstColor })) > 100, 'the loss is drawn');
    await goesOn(page, 'long');

    const client = await connectToServer({ home, start: false });
    assert.ok(client);
    client.dispose();
    await endProcess(client.server.pid);
    await page.locator('.banner', { hasText: 'training server' }).waitFor();
    await isConnected(page);
    await row(page, 'long').getByText('running').waitFor();
    await goesOn(page, 'long');
    assert.equal(await page.locator('.banner').count(), 0, 'nothing is left to say');

    panel.child.kill('SIGKILL');
    await page.locator('.banner', { hasText: 'rectiscope panel' }).waitFor();
    await page.locator('.banner', { hasText: 'Restart it in the same folder' }).waitFor();
    await act(page, 'long', /^Stop long/);
    await page.getByText('did not receive “stop”').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    const again = await startPanel(t, { home, folder });
    assert.equal(again.url, panel.url);
    await isConnected(page);
    await goesOn(page, 'long');

    await act(page, 'long', /^Stop long/);
    await row(page, 'long').getByText('stopped').waitFor();
    assertGapFree(await stored(folder, 'long'));
    await act(page, 'long', /^Resume long/);
    await row(page, 'long').getByText('running').waitFor();
    await goesOn(page, 'long');
    await act(page, 'long', /^Stop long/);
    await row(page, 'long').getByText('stopped').waitFor();

    await act(page, 'long', /^Remove long/);
    await page.getByRole('dialog', { name: 'Remove the run long?' }).getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await row(page, 'long').count(), 1);
    await act(page, 'long', /^Remove long/);
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('No runs yet').waitFor();
    assert.deepEqual(errors, []);
  });

  it('shows lines, fixes and what to run, saves, and proves', { timeout: 240_000 }, async (t) => {
    const { folder, page, errors, command } = await openPage(t, browser, {
      files: ['vanishing.rectiscope.yaml'],
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const file = join(folder, 'vanishing.rectiscope.yaml');
    command('train', 'vanishing.rectiscope.yaml', '--detach');
    const finding = page.locator('.finding', { hasText: 'vanishing-gradient' });
    await finding.waitFor();
    const dialog = page.getByRole('dialog');

    await finding.getByRole('button', { name: 'Show line 11' }).click();
    assert.match((await dialog.locator('.instruction-line.here').textContent()) ?? '', /init: xavier # too small/);
    await dialog.getByRole('button', { name: 'Copy path and line' }).click();
    await dialog.getByRole('button', { name: 'Copied' }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${file}:11`);
    await page.screenshot({ path: join(shots, 'browser-line.png') });
    await dialog.getByRole('button', { name: 'Close' }).click();

    await page.getByRole('button', { name: 'Show the line of conv1 in vanishing' }).click();
    assert.match(
      (await dialog.locator('.instruction-line.here').textContent()) ?? '',
      /conv: \{ filters: 4, kernel: 3, stride: 4 \}/,
    );
    await page.keyboard.press('Escape');

    await finding.getByRole('button', { name: 'Show fix' }).click();
    assert.match((await dialog.locator('.instruction-line.removed').textContent()) ?? '', /init: xavier # too small/);
    assert.match((await dialog.locator('.instruction-line.added').textContent()) ?? '', /init: he # too small/);
    await page.screenshot({ path: join(shots, 'browser-fix.png') });
    await dialog.getByRole('button', { name: 'Copy command' }).click();
    await dialog.getByRole('button', { name: 'Copied' }).waitFor();
    const told = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(told, `rectiscope fix ${file} --rule vanishing-gradient --write`);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.match(readFileSync(file, 'utf8'), /init: xavier/, 'nothing was written by the page');
    command(...told.split(' ').slice(1));
    await finding.getByText('Fix applied').waitFor();

    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save Loss as CSV' }).click();
    const download = await downloading;
    assert.equal(download.suggestedFilename(), 'loss.csv');
    assert.match(readFileSync(await download.path(), 'utf8'), /^curve,run,step,epoch,/);

    await row(page, 'vanishing')
      .getByText(/stalled|finished/)
      .waitFor();
    await finding.getByRole('button', { name: 'Prove' }).click();
    await until(async () => (await page.locator('.run.chosen').count()) === 2, 'both runs are drawn');
    await finding.locator('.proof.decided').waitFor({ timeout: 120_000 });
    assert.deepEqual(errors, []);
  });

  it('keeps the token out of address, history and storage of the browser, and is there after a reload', async (t) => {
    const { panel, page, errors } = await openPage(t, browser);
    await page.getByText('No runs yet').waitFor();
    assert.equal(page.url(), `${panel.origin}/`);
    assert.equal(await page.evaluate(() => document.cookie), '');
    assert.doesNotMatch(await page.evaluate(() => JSON.stringify({ ...localStorage })), new RegExp(panel.token));
    assert.doesNotMatch(await page.content(), new RegExp(panel.token));
    await page.reload();
    await page.getByText('No runs yet').waitFor();
    // A tab of its own has the page, and not the token.
    const other = await page.context().newPage();
    await other.goto(panel.origin);
    await other.getByText('open the full address').waitFor();
    await page.goto(`${panel.origin}/?token=wrong`);
    await page.getByText('The panel is not shown').waitFor();
    await page.goBack();
    await page.getByText('No runs yet').waitFor();
    assert.deepEqual(errors, []);
  });

  it('closes its stream while hidden, and has missed nothing when shown again', {
    timeout: 120_000,
  }, async (t) => {
    const { home, panel, page, command } = await openPage(t, browser, { files: ['long.rectiscope.yaml'], clock: true });
    command('train', 'long.rectiscope.yaml', '--detach');
    await row(page, 'long').getByText('running').waitFor();
    await goesOn(page, 'long');
    await look(page, false);
    // In two steps: the line must not look dead because nothing comes in an instant of many seconds.
    await page.clock.runFor(15_000);
    await goesOn(page, 'long');
    await page.clock.runFor(16_000);
    const gone = await stepOf(page, 'long');
    const client = await connectToServer({ home, start: false });
    assert.ok(client);
    later(t, () => client.dispose());
    await until(async () => (await client.request(Runs)).some(({ step }) => step > gone + 20), 'the run goes on');
    assert.equal(await stepOf(page, 'long'), gone);
    assert.equal(await page.locator('.banner').count(), 0);
    await look(page, true);
    await until(async () => (await stepOf(page, 'long')) > gone + 20, 'the page is level again');
    await goesOn(page, 'long');
    assert.equal(panel.child.exitCode, null);
  });

  it('does not give its token to another program that listens where the panel was', async (t) => {
    const { panel, page } = await openPage(t, browser);
    await page.getByText('No runs yet').waitFor();
    panel.child.kill('SIGKILL');
    await panel.exit;
    const heard = await impostor(t, panel);
    await page.getByText('Another panel, or another program, now answers').waitFor();
    assert.ok(heard.length > 0);
    assert.doesNotMatch(heard.join('\n'), new RegExp(panel.token));
  });
});
