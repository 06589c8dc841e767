/** The panel in a browser, under the product's page and policy: what it draws, asks, remembers and says. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RUN_COLORS } from '../../server/figures/colors.ts';
import type { HostMessage, PanelMessage } from '../../server/protocol/panel.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import { launchBrowser } from '../browser.ts';
import { deltaMessage, record, snapshotOf } from './recording.ts';
import { drag, he, pictures, pixelsOf, rowsOf, settled, stage, upTo, xavier } from './stage.ts';

/** Fifty before a release (`RECTISCOPE_NIGHT=1`), as the reliability plan wants it. */
const RELOADS = process.env['RECTISCOPE_NIGHT'] === '1' ? 50 : 8;

const browser = await launchBrowser();

describe('the panel', { skip: browser === undefined && 'no browser' }, () => {
  const { open, drawn } = stage(browser);

  it('says ready first, and draws errors, loss and all layers of both runs in their colours', async () => {
    const panel = await drawn();
    assert.deepEqual((await panel.posted())[0], { type: 'ready' });
    assert.deepEqual((await panel.posted())[1], { type: 'choose', runs: ['r-xa', 'r-he'] });
    for (const title of [
      'Top-1 error',
      'Top-5 error',
      'Loss',
      'Gradient per weight over depth',
      'Gradient per weight of conv1',
    ]) {
      for (const color of RUN_COLORS.dark.slice(0, 2)) {
        const pixels = await pixelsOf(panel.page, { title, color });
        assert.ok(pixels > 40, `${title}: ${pixels} pixels of ${color}`);
      }
    }
    for (const name of ['xavier-30', 'he-30']) assert.equal(await rowsOf(panel.page, name), 30);
    assert.equal(await panel.page.locator('.run').count(), 2);
    assert.match((await panel.page.locator('.run', { hasText: 'xavier-30' }).textContent()) ?? '', /stalled/);
    assert.deepEqual(panel.errors, []);
    assert.deepEqual(await panel.violations(), []);
    await panel.close();
  });

  it('streams deltas to the very picture that a fresh snapshot gives', async () => {
    const [live, fresh] = [await open(), await open()];
    await live.send(...upTo(300));
    for (const recording of [xavier, he]) {
      const deltas = recording.events.slice(300).map((_, i) => deltaMessage(recording, 301 + i));
      for (let i = 0; i < deltas.length; i += 100) await live.send(...deltas.slice(i, i + 100));
    }
    await fresh.send(...upTo(Number.POSITIVE_INFINITY));
    for (const panel of [live, fresh]) await settled(panel.page);
    assert.deepEqual(await pictures(live.page), await pictures(fresh.page));
    assert.equal((await live.posted()).filter((message) => message.type === 'snapshotPlease').length, 0);
    await Promise.all([live.close(), fresh.close()]);
  });

  it('asks for a snapshot after a gap, and is whole again with it', async () => {
    const [panel, fresh] = [await open(), await open()];
    await panel.send(...upTo(300));
    await panel.send(deltaMessage(he, 301), deltaMessage(he, 310));
    await panel.page.waitForFunction(
      () => (window as unknown as { posted: PanelMessage[] }).posted.at(-1)?.type === 'snapshotPlease',
    );
    await panel.send({ type: 'snapshot', snapshot: snapshotOf(he, 500) });
    await fresh.send(...upTo(300));
    await fresh.send({ type: 'snapshot', snapshot: snapshotOf(he, 500) });
    const summary = he.summaries[499] as RunSummary;
    for (const one of [panel, fresh]) {
      await one.send({ type: 'runs', runs: [xavier.summaries[299] as RunSummary, summary] });
      await settled(one.page);
    }
    assert.deepEqual(await pictures(panel.page), await pictures(fresh.page));
    await Promise.all([panel.close(), fresh.close()]);
  });

  it('closed and opened again shows the same runs, settings and pictures', async () => {
    const panel = await drawn();
    const { page } = panel;
    await page.locator('.run', { hasText: 'xavier-30' }).getByRole('checkbox').uncheck();
    await page.getByLabel('Quantity of every layer').selectOption('update_ratio');
    await page.getByLabel('Layer', { exact: true }).selectOption('conv7');
    await page.getByText('Step', { exact: true }).click();
    await page.getByLabel('Log y').check();
    await page.getByLabel('Top-5 error as a table').click();
    await drag(page, { title: 'Loss', from: 0.2, to: 0.6 });
    await settled(page);
    const before = await pictures(page);
    await page.reload();
    await panel.send(...upTo(Number.POSITIVE_INFINITY));
    await settled(page);
    assert.deepEqual((await panel.posted()).slice(0, 2), [{ type: 'ready' }, { type: 'choose', runs: ['r-he'] }]);
    assert.deepEqual(await pictures(page), before);
    assert.equal(await page.getByLabel('Log y').isChecked(), true);
    // The chart that was opened as a table, and the deviations of the one run as predicted and as measured.
    assert.equal(await page.locator('.data-table').count(), 2);
    await panel.close();
  });

  it(`is the same after ${RELOADS} reloads during a stream`, async () => {
    const [panel, fresh] = [await open(), await open()];
    const share = Math.floor(he.events.length / (RELOADS + 1));
    await panel.send(...upTo(share, [he]));
    for (let i = 1; i <= RELOADS; i++) {
      // What comes while the page is away is lost to it: the host has sent it, but it was not received.
      await panel.send(...Array.from({ length: share }, (_, k) => deltaMessage(he, i * share + 1 + k)));
      await panel.page.reload();
      await panel.send(...upTo((i + 1) * share, [he]));
    }
    await fresh.send(...upTo((RELOADS + 1) * share, [he]));
    assert.deepEqual(await pictures(panel.page), await pictures(fresh.page));
    assert.deepEqual(panel.errors, []);
    await Promise.all([panel.close(), fresh.close()]);
  });

  it('ignores messages from strangers, and never runs code in a name', async () => {
    const evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>';
    const named = record({ run: 'r-evil', name: evil, kind: 'stalls', steps: 120, stepsPerEpoch: 50, layers: 3 });
    const panel = await open();
    const { page } = panel;
    await page.evaluate((message) => {
      window.dispatchEvent(new MessageEvent('message', { data: message, origin: 'https://stranger.example' }));
    }, upTo(10)[1] as HostMessage);
    for (const odd of [
      null,
      7,
      'runs',
      {},
      { type: 'runs', runs: 'all' },
      { type: 'delta', delta: {} },
      { type: 'snapshot', snapshot: { sequence: 1 } },
    ]) {
      await page.evaluate((message) => window.postMessage(message, window.origin), odd);
    }
    await page.waitForTimeout(100);
    assert.equal((await panel.posted()).length, 1, 'only ready was said');
    await panel.send(...upTo(Number.POSITIVE_INFINITY, [named]));
    await settled(page);
    for (const button of await page.getByRole('button', { name: /^Save .* as SVG$/ }).all()) await button.click();
    const svg = (await panel.posted())
      .filter((message) => message.type === 'save')
      .map((message) => message.text)
      .join('');
    assert.ok(svg.includes('&lt;img') && !svg.includes('<img') && !svg.includes('<script'));
    assert.equal(await page.evaluate(() => (window as unknown as { hacked?: number }).hacked), undefined);
    assert.equal(await page.locator('.run .name').textContent(), evil);
    assert.deepEqual(await panel.violations(), []);
    await panel.close();
  });

  it('shows what it waits for at every stage, and never just “Loading”', async () => {
    const panel = await open();
    const { page } = panel;
    const text = async (): Promise<string> => (await page.locator('body').textContent()) ?? '';
    assert.match(await text(), /Waiting for the editor/);
    await panel.send({ type: 'connection', state: 'starting', message: 'Installing the runtime, 40 %.' });
    await page.getByText('Installing the runtime, 40 %.').waitFor();
    await panel.send({ type: 'connection', state: 'connected' });
    await page.getByText('Waiting for the list of runs').waitFor();
    await panel.send({ type: 'runs', runs: [] });
    await page.getByText('No runs yet').waitFor();
    await page.getByRole('button', { name: 'Train a run file' }).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'train' });
    await panel.send({ type: 'runs', runs: [he.summaries[0] as RunSummary] });
    await page.getByText('Waiting for the numbers of he-30').waitFor({ timeout: 5000 });
    await panel.send({ type: 'snapshot', snapshot: snapshotOf(he, 1) });
    await page.getByText('Queued: it starts when the runs before it have ended.').first().waitFor();
    await panel.send(deltaMessage(he, 2));
    await page.getByText('Loading the data and the network').first().waitFor();
    await panel.send(...Array.from({ length: 20 }, (_, i) => deltaMessage(he, 3 + i)));
    await page.getByText('No evaluation yet').first().waitFor();
    await panel.send({ type: 'connection', state: 'lost', message: 'The socket closed.' });
    await page.getByText('The connection to the training server is lost').waitFor();
    await page.getByRole('button', { name: 'Reconnect' }).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'reconnect' });
    await panel.send({ type: 'problem', message: 'The run file has changed.' });
    await page.getByText('The run file has changed.').waitFor();
    await page.getByRole('button', { name: 'Dismiss' }).click();
    assert.doesNotMatch(await text(), /Loading|The run file has changed/);
    await panel.close();
  });
});
