/** How the panel looks: accessible in three themes, at every width, with pictures kept in `out/shots`. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from 'node:test';
import type { Locator } from 'playwright-core';
import type { HostMessage } from '../../server/protocol/panel.ts';
import type { RunSnapshot } from '../../server/protocol/requests.ts';
import { launchBrowser } from '../browser.ts';
import { faults } from '../support/accessibility.ts';
import { record } from './recording.ts';
import { he, pictures, settled, stage, upTo, xavier } from './stage.ts';
import { THEMES } from './themes.ts';

const browser = await launchBrowser();
/** The example pair as it was really trained (`capture.ts`). */
const trained = ['xavier-30', 'he-30'].map(
  (name): RunSnapshot =>
    JSON.parse(readFileSync(resolve(import.meta.dirname, `../fixtures/panel/${name}.json`), 'utf8')),
);
const shots = resolve(import.meta.dirname, '../../out/shots');

describe('the look of the panel', { skip: browser === undefined && 'no browser' }, () => {
  const { open, drawn } = stage(browser);
  mkdirSync(shots, { recursive: true });

  for (const theme of Object.keys(THEMES) as (keyof typeof THEMES)[]) {
    it(`has no serious fault of accessibility in ${theme}`, async () => {
      const { page, close } = await drawn({ theme });
      await page.getByText('Log y').hover();
      assert.deepEqual(await faults(page), []);
      await close();
    });

    for (const [width, height] of [
      [1280, 800],
      [800, 600],
    ] as const) {
      it(`is photographed in ${theme} at ${width}×${height}`, async () => {
        const { page, send, violations, close } = await open({ theme, width, height });
        await send(
          { type: 'connection', state: 'connected' },
          { type: 'runs', runs: trained.map(({ summary }) => summary) },
        );
        await send(...trained.map((snapshot): HostMessage => ({ type: 'snapshot', snapshot })));
        await settled(page);
        await page.screenshot({ path: resolve(shots, `panel-${theme}-${width}x${height}.png`) });
        const classes = page.locator('.classes');
        await classes.scrollIntoViewIfNeeded();
        await classes.getByText('Worst images').last().click();
        await classes.screenshot({ path: resolve(shots, `classes-${theme}-${width}x${height}.png`) });
        assert.deepEqual(await violations(), []);
        await close();
      });
    }
  }

  it('has no serious fault as tables', async () => {
    const { page, close } = await drawn();
    for (const button of await page.getByRole('button', { name: /as a table$/ }).all()) await button.click();
    await settled(page);
    // Seven charts, and of both runs the deviations as predicted and as measured.
    assert.equal(await page.locator('.data-table').count(), 9);
    assert.deepEqual(await faults(page), []);
    await close();
  });

  it('has no serious fault while it waits and if there are no runs', async () => {
    const panel = await open();
    assert.deepEqual(await faults(panel.page), []);
    await panel.send({ type: 'connection', state: 'connected' }, { type: 'runs', runs: [] });
    await settled(panel.page);
    assert.deepEqual(await faults(panel.page), []);
    await panel.page.screenshot({ path: resolve(shots, 'panel-no-runs.png') });
    await panel.close();
  });

  it('has a whole finding with its fix, and a chart, in the first view beside an editor', async () => {
    for (const [width, height] of [
      [460, 730],
      [745, 530],
    ] as const) {
      const panel = await drawn({ width, height });
      const edges = async (of: Locator): Promise<[top: number, bottom: number]> => {
        const box = await of.boundingBox();
        assert.ok(box);
        return [box.y, box.y + box.height];
      };
      const [top, bottom] = await edges(panel.page.locator('.curves .canvas-box').first());
      const [, fix] = await edges(panel.page.getByRole('button', { name: 'Apply fix' }));
      const [, found] = await edges(panel.page.locator('.found'));
      assert.ok(fix <= found, `the fix is in view at ${width}×${height}`);
      assert.ok((top + bottom) / 2 < height, `the greater part of a chart is in view at ${width}×${height}`);
      await panel.close();
    }
  });

  it('draws points in the colours of a new theme, and no dots where a lone point became a line', async () => {
    const panel = await open();
    await panel.send(...upTo(8, [he]));
    await settled(panel.page);
    await panel.send(...upTo(Number.POSITIVE_INFINITY, [he]));
    await settled(panel.page);
    const dark = await pictures(panel.page);
    const fresh = await open();
    await fresh.send(...upTo(Number.POSITIVE_INFINITY, [he]));
    await settled(fresh.page);
    assert.deepEqual(dark, await pictures(fresh.page));
    const light = await open({ theme: 'light' });
    await light.send(...upTo(Number.POSITIVE_INFINITY, [he]));
    await panel.page.evaluate(({ variables, bodyClass }) => {
      for (const [name, value] of Object.entries(variables))
        document.documentElement.style.setProperty(`--vscode-${name}`, value);
      document.body.className = bodyClass;
    }, THEMES.light);
    await settled(panel.page);
    await settled(light.page);
    assert.deepEqual(await pictures(panel.page), await pictures(light.page));
    await Promise.all([panel.close(), fresh.close(), light.close()]);
  });

  it('fits every width from 221 on without sideways scrolling, and holds eight runs', async () => {
    const many = [xavier, he].concat(
      Array.from({ length: 6 }, (_, i) =>
        record({
          run: `r-${i}`,
          name: `a-rather-long-name-of-run-${i}`,
          kind: 'learns',
          steps: 60,
          stepsPerEpoch: 20,
          layers: 12 + i,
        }),
      ),
    );
    for (const width of [221, 320, 480, 620, 800, 1000, 1280, 1900]) {
      const panel = await open({ width, height: 800 });
      await panel.send(...upTo(Number.POSITIVE_INFINITY, many));
      await panel.send({ type: 'show', runs: many.map((recording) => recording.run) });
      await panel.send(...upTo(Number.POSITIVE_INFINITY, many));
      await settled(panel.page);
      const overflow = await panel.page.evaluate(() =>
        ['.panel', 'main', 'aside'].map((part) => {
          const element = document.querySelector(part) as HTMLElement;
          return element.scrollWidth - element.clientWidth;
        }),
      );
      assert.deepEqual(overflow, [0, 0, 0], `at ${width}`);
      assert.equal(await panel.page.locator('.heatmap').count(), 8);
      if (width === 480 || width === 1280)
        await panel.page.screenshot({ path: resolve(shots, `panel-eight-runs-${width}.png`) });
      await panel.close();
    }
  });
});
