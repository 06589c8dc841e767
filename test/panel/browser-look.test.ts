/** How `rectiscope panel` looks in a browser: in each of the system's themes and at three sizes, with pictures in `out/shots`. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { BrowserContextOptions } from 'playwright-core';
import { launchBrowser } from '../browser.ts';
import { faults } from '../support/accessibility.ts';
import { openPage, row, shots } from '../support/browser-panel.ts';
import { HANG_MS } from '../support/hang.ts';

const browser = await launchBrowser();

/** What the user's system says, and the background that follows from it. */
const LOOKS: Readonly<Record<string, BrowserContextOptions & { background: string }>> = {
  light: { colorScheme: 'light', background: 'rgb(255, 255, 255)' },
  dark: { colorScheme: 'dark', background: 'rgb(31, 31, 31)' },
  'contrast-light': { colorScheme: 'light', contrast: 'more', background: 'rgb(255, 255, 255)' },
  'contrast-dark': { colorScheme: 'dark', contrast: 'more', background: 'rgb(0, 0, 0)' },
  forced: { colorScheme: 'dark', forcedColors: 'active', background: 'rgb(0, 0, 0)' },
};

describe('the look of the panel in a browser', { skip: browser === undefined && 'no browser' }, () => {
  after(() => browser?.close());

  for (const [name, { background: wanted, ...look }] of Object.entries(LOOKS))
    it(`looks right in ${name}`, { timeout: HANG_MS }, async (t) => {
      const { page, errors, command } = await openPage(t, browser, { files: ['vanishing.rectiscope.yaml'], ...look });
      command('train', 'vanishing.rectiscope.yaml', '--detach');
      await page.locator('.finding', { hasText: 'vanishing-gradient' }).waitFor();
      await row(page, 'vanishing')
        .getByText(/stalled|finished/)
        .waitFor();
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(background, wanted);
      for (const [width, height] of [
        [1280, 800],
        [800, 600],
        [400, 800],
      ] as const) {
        await page.setViewportSize({ width, height });
        await page.waitForTimeout(300);
        await page.screenshot({ path: join(shots, `browser-${name}-${width}x${height}.png`) });
        const wide = await page.evaluate(() => document.body.scrollWidth - document.body.clientWidth);
        assert.ok(wide <= 0, `${wide} pixels too wide at ${width}`);
        await page
          .getByRole('button', { name: /^Show fix/ })
          .first()
          .click();
        await page.getByRole('dialog').waitFor();
        await page.screenshot({ path: join(shots, `browser-${name}-fix-${width}x${height}.png`) });
        assert.deepEqual(await faults(page), []);
        await page.keyboard.press('Escape');
        assert.deepEqual(await faults(page), []);
      }
      assert.deepEqual(errors, []);
    });
});
