/** The panel in use: by mouse, by keyboard, and what its buttons send. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProofEvent, ProofSide } from '../../server/protocol/events.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import { launchBrowser } from '../browser.ts';
import { deltaMessage, deltaOf } from './recording.ts';
import { boxOf, drag, he, settled, sliderEnds, stage, upTo, xavier } from './stage.ts';

const browser = await launchBrowser();

describe('the panel in use', { skip: browser === undefined && 'no browser' }, () => {
  const { open, drawn } = stage(browser);

  it('zooms all charts by dragging in one, shows one cursor in all, and is reset by a double click', async () => {
    const panel = await drawn();
    const { page } = panel;
    const whole = await sliderEnds(page);
    await drag(page, { title: 'Top-1 error', from: 0.25, to: 0.5 });
    await settled(page);
    const zoomed = await sliderEnds(page);
    for (const [from, to] of zoomed) assert.ok(from > 1 && to < 3.5 && to - from < 2, `${from} to ${to}`);
    assert.equal(new Set(zoomed.map(String)).size, 1, 'one zoom for all');
    const box = await boxOf(page, 'Loss');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 3);
    await settled(page);
    const places = await page.locator('.curves .where').allInnerTexts();
    assert.ok(
      places.every((place) => /^epoch [12]\.\d+, step \d+$/.test(place)),
      places.join(),
    );
    await page.mouse.dblclick(box.x + box.width / 2, box.y + box.height / 3);
    await settled(page);
    assert.deepEqual(await sliderEnds(page), whole);
    await panel.close();
  });

  it('zooms with Ctrl and the wheel, which alone scrolls the page, pans with Shift, and follows the newest', async () => {
    const panel = await open();
    await panel.send(...upTo(400));
    const { page } = panel;
    await settled(page);
    const [whole] = await sliderEnds(page);
    const box = await boxOf(page, 'Loss');
    const middle = [box.x + box.width / 2, box.y + box.height / 3] as const;
    await page.mouse.move(...middle);
    await page.mouse.wheel(0, -120);
    await settled(page);
    assert.deepEqual((await sliderEnds(page))[0], whole);
    await page.keyboard.down('Control');
    for (let i = 0; i < 4; i++) await page.mouse.wheel(0, -120);
    await page.keyboard.up('Control');
    // The zoom plugin takes a pause of a quarter of a second for the end of the wheel's turning.
    await page.waitForTimeout(400);
    await settled(page);
    const [zoomed] = await sliderEnds(page);
    assert.ok(whole !== undefined && zoomed !== undefined);
    assert.ok(zoomed[0] > whole[0] && zoomed[1] < whole[1], `${zoomed}`);
    await page.keyboard.down('Shift');
    await page.mouse.down();
    await page.mouse.move(middle[0] + 20, middle[1]);
    await page.mouse.move(middle[0] + 40, middle[1]);
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await settled(page);
    const [panned] = await sliderEnds(page);
    assert.ok(panned !== undefined && panned[0] < zoomed[0], `${panned} after ${zoomed}`);
    assert.ok(Math.abs(panned[1] - panned[0] - (zoomed[1] - zoomed[0])) < 1e-6, 'as wide as before');
    await page.getByLabel('Follow newest').check();
    await panel.send(...Array.from({ length: 50 }, (_, i) => deltaMessage(he, 401 + i)));
    await settled(page);
    const [followed] = await sliderEnds(page);
    const newest = (he.summaries[449] as RunSummary).epoch;
    assert.equal(followed?.[1], newest);
    await page.getByRole('button', { name: 'Reset zoom' }).click();
    await settled(page);
    assert.deepEqual((await sliderEnds(page))[0], [0, newest]);
    await panel.close();
  });

  it('selects a layer and a step by a click in the picture, and reads out what is under the pointer', async () => {
    const panel = await drawn();
    const { page } = panel;
    const box = await page.locator('.heatmap', { hasText: 'he-30' }).locator('canvas').boundingBox();
    assert.ok(box !== null);
    const row = (box.height - 23) / 30;
    await page.mouse.move(box.x + box.width / 2, box.y + 5 + 11.5 * row);
    await settled(page);
    const readout = (await page.locator('.heatmap', { hasText: 'he-30' }).locator('.where').textContent()) ?? '';
    assert.match(readout, /^conv12, epoch [\d.]+, step \d+: [\d.e-]+$/);
    await page.mouse.down();
    await page.mouse.up();
    await page.mouse.move(5, 5);
    await settled(page);
    assert.equal(await page.getByLabel('Layer', { exact: true }).inputValue(), 'conv12');
    assert.match((await page.locator('.step-slider span').textContent()) ?? '', /^and step \d+$/);
    await page.getByLabel('Go to the line of conv12 in he-30').click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'revealLayer', run: 'r-he', layer: 'conv12' });
    await panel.close();
  });

  it('can be used by keyboard alone, saying where it is', async () => {
    const panel = await drawn();
    const { page } = panel;
    const seen = new Set<string>();
    for (let i = 0; i < 90; i++) {
      await page.keyboard.press('Tab');
      seen.add(
        await page.evaluate(
          () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '',
        ),
      );
    }
    const focusable = [
      'Show only he-30',
      'Remove xavier-30',
      'Top-1 error: cursor',
      'Loss as a table',
      'Save Loss as CSV',
      'Quantity of every layer',
    ];
    for (const label of [...focusable, 'Apply fix', 'Layer']) {
      assert.ok(
        [...seen].some((text) => text.includes(label.trim())),
        `${label} is not reached: ${[...seen].join(' | ')}`,
      );
    }
    const slider = page.getByRole('slider', { name: 'Top-1 error: cursor' });
    await slider.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    const first = await slider.getAttribute('aria-valuetext');
    await page.keyboard.press('ArrowRight');
    const second = await slider.getAttribute('aria-valuetext');
    assert.match(
      first ?? '',
      /^epoch [\d.]+, step \d+: xavier-30: val [\d.]+ %, train [\d.]+ %, batch [\d.]+ %; he-30: /,
    );
    assert.notEqual(first, second);
    await page.keyboard.press('+');
    await settled(page);
    const [zoomed] = await sliderEnds(page);
    assert.ok(zoomed !== undefined && zoomed[1] < 6);
    await page.keyboard.press('0');
    await page.getByRole('application', { name: /of 30 layers of he-30/ }).focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'Home', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    await settled(page);
    assert.equal(await page.getByLabel('Layer', { exact: true }).inputValue(), 'conv3');
    assert.match((await page.locator('.sr-only [aria-live]').nth(1).textContent()) ?? '', /^conv3, epoch .*, step 2: /);
    await panel.close();
  });

  it('shows errors by class ascending, the classes in which two runs differ, and the worst images', async () => {
    const panel = await drawn();
    const { page } = panel;
    const errors = page.getByRole('region', { name: 'Errors by class, table' });
    const ofFirst = await errors.locator('tbody td:nth-child(2)').allInnerTexts();
    assert.equal(ofFirst.length, 10);
    const numbers = ofFirst.map(Number.parseFloat);
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    );
    const difference = page.locator('.class-difference');
    const points = async (name: string) =>
      (await difference.locator('tr', { hasText: name }).locator('td').allInnerTexts()).map((text) => text.trim());
    // he-30, the newer one, less xavier-30; then the other way round, since a run is not compared with itself.
    const counts = difference.locator('.counts');
    assert.match((await counts.textContent()) ?? '', /^Top-1 error lower in 10, equal in 0, higher in 0 classes\./);
    const before = await points('Sandal');
    assert.match(before[0] ?? '', /^−\d+\.\d$/);
    await difference.getByLabel('Run', { exact: true }).selectOption({ label: 'xavier-30' });
    await settled(page);
    assert.match((await counts.textContent()) ?? '', /^Top-1 error lower in 0, equal in 0, higher in 10 classes\./);
    assert.equal(await difference.getByLabel('Minus run').inputValue(), 'r-he');
    assert.equal((await points('Sandal'))[0], before[0]?.replace('−', '+'));
    const worst = page.locator('.worst details', { hasText: 'he-30' });
    await worst.locator('summary').click();
    assert.equal(await worst.locator('li').count(), 6);
    assert.match(
      (await worst.locator('li').first().textContent()) ?? '',
      /^val 817 Coat, taken for Shirt: score 0\.970/,
    );
    const entry = page.locator('.run', { hasText: 'he-30' });
    await entry.hover();
    await entry.getByLabel('Show only he-30').click();
    await settled(page);
    assert.equal(await difference.count(), 0, 'one run differs from nothing');
    await panel.close();
  });

  it('sends what its buttons say', async () => {
    const panel = await open();
    await panel.send(...upTo(400));
    const { page } = panel;
    await settled(page);
    await page.getByRole('button', { name: 'Go to line 14' }).click();
    await page.getByRole('button', { name: 'Apply fix' }).click();
    await panel.send({ type: 'fixes', run: 'r-xa', fixes: { 'vanishing-gradient': 'applied' } });
    await page.getByText('Fix applied').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Apply fix' }).count(), 0);
    const row = page.locator('.run', { hasText: 'he-30' });
    await row.hover();
    await row.getByLabel('Stop he-30 after a checkpoint').click();
    await row.getByLabel('Show only he-30').click();
    assert.deepEqual((await panel.posted()).slice(2), [
      { type: 'reveal', run: 'r-xa', line: 14 },
      { type: 'applyFix', run: 'r-xa', rule: 'vanishing-gradient' },
      { type: 'stop', run: 'r-he' },
      { type: 'choose', runs: ['r-he'] },
    ]);
    await panel.close();
  });

  it('proves a fix: asks for it, follows the copy, and shows the verdict with its numbers', async () => {
    const panel = await open();
    const { page } = panel;
    await panel.send(...upTo(400));
    await settled(page);
    const finding = page.locator('.finding', { hasText: 'vanishing-gradient' });
    await finding.getByText('Not proved yet.').waitFor();
    await finding.getByRole('button', { name: 'Prove' }).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'prove', run: 'r-xa', rule: 'vanishing-gradient' });
    const running: ProofEvent = {
      ...{ event: 'proof', run: 'r-xa', step: 380, fixed: 'r-copy', window: 20, state: 'running' },
      fixes: [{ rule: 'vanishing-gradient', title: 'Use init: he' }],
    };
    const { summary: xa } = deltaOf(xavier, 400);
    const [shown, other] = [xa, he.summaries[399] as RunSummary];
    const copy: RunSummary = {
      ...other,
      run: 'r-copy',
      name: 'xavier-30-fixed',
      state: 'running',
      step: 40,
      steps: 600,
    };
    const tell = (sequence: number, event: ProofEvent) =>
      panel.send(
        { type: 'runs', runs: [shown, other, copy] },
        { type: 'delta', delta: { run: 'r-xa', sequence, event, summary: shown } },
      );
    await tell(401, running);
    await finding.getByText('Proving: xavier-30-fixed is at step 40 of 600.').waitFor();
    assert.ok(await finding.getByRole('button', { name: 'Proving …' }).isDisabled());
    const side = (run: string, name: string, loss: number): ProofSide => ({
      ...{ run, name, state: 'stalled', step: 61, loss, standard_error: 0.02, batch_top1: 70, top1: 70 },
    });
    await tell(402, {
      ...{ ...running, state: 'decided', outcome: 'helps', verdict: 'The fix helps: by much.', decided_at: 61 },
      sides: [side('r-xa', 'xavier-30', 2.3), side('r-copy', 'xavier-30-fixed', 1.25)],
    });
    await finding.getByText('The fix helps: by much.').waitFor();
    const cells = await finding.locator('.proof-numbers tr', { hasText: 'loss' }).locator('td').allInnerTexts();
    assert.deepEqual(cells, ['2.30 ± 0.02', '1.25 ± 0.02']);
    assert.ok(await finding.getByRole('button', { name: 'Prove again' }).isEnabled());
    await panel.send({ type: 'show', runs: ['r-xa'] });
    await finding.getByRole('button', { name: 'Draw the fixed copy, too' }).click();
    assert.deepEqual((await panel.posted()).at(-1), { type: 'choose', runs: ['r-xa', 'r-copy'] });
    await tell(403, { ...running, state: 'interrupted', message: 'The proof was interrupted. Prove it again.' });
    await finding.getByText('The proof was interrupted. Prove it again.').waitFor();
    assert.deepEqual(panel.errors, []);
    await panel.close();
  });

  it('saves every chart as CSV with all points and as SVG that parses', async () => {
    const panel = await drawn();
    const { page } = panel;
    for (const button of await page.getByRole('button', { name: /^Save .* as (CSV|SVG)$/ }).all()) await button.click();
    const saved = (await panel.posted()).filter((message) => message.type === 'save');
    assert.equal(saved.length, 12);
    const names = saved.map((message) => message.name);
    assert.equal(new Set(names).size, 12, names.join());
    const loss = saved.find((message) => message.name === 'loss.csv')?.text ?? '';
    assert.equal(loss.split('\r\n').filter((line) => line.includes('he-30, training batch, measured')).length, 600);
    const layers =
      saved.find((message) => message.name === 'gradient-per-weight-of-all-layers-by-epoch.csv')?.text ?? '';
    assert.equal(layers.trim().split('\r\n').length, 1 + 2 * 63);
    for (const { text, mime } of saved) {
      if (mime !== 'image/svg+xml') continue;
      const bad = await page.evaluate(
        (svg) => new DOMParser().parseFromString(svg, 'image/svg+xml').querySelector('parsererror')?.textContent,
        text,
      );
      assert.equal(bad, undefined);
    }
    await panel.close();
  });
});
