/** VS Code's workbench as a user meets it: the palette, editors, the status bar, the panel. */
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { type Rgb, rgbOf } from '../../server/figures/colors.ts';

export class Workbench {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(address: string): Promise<void> {
    await this.page.goto(address, { waitUntil: 'domcontentloaded' });
    await this.ready();
  }

  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
    // Before its extensions are known, the palette would not find their commands.
    await this.page.locator('.activitybar .action-item a[aria-label^="Rectiscope"]').waitFor();
  }

  /** Run a command from the palette, by its title. */
  async run(title: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget:visible input').first();
    await input.waitFor();
    await input.fill(`>${title}`);
    // The list takes a moment to follow: Enter before it would run another command. The title that was typed stands first.
    await this.page.locator(`.quick-input-list .monaco-list-row.focused[aria-label^="${title}"]`).waitFor();
    const label = await this.page.locator('.quick-input-list .monaco-list-row.focused').getAttribute('aria-label');
    if (label?.split(',')[0] !== title) throw new Error(`“${label}” stands before “${title}”.`);
    await this.page.keyboard.press('Enter');
  }

  /** Answer an input box. */
  async answer(text: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget:visible input').first();
    await input.waitFor();
    await input.fill(text);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget:visible').waitFor({ state: 'hidden' });
  }

  /** Answer an input box; gives what stood in it. */
  async answered(text: string): Promise<string> {
    const input = this.page.locator('.quick-input-widget:visible input').first();
    await input.waitFor();
    const before = await input.inputValue();
    await this.answer(text);
    return before;
  }

  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    const input = this.page.locator('.quick-input-widget:visible input').first();
    await input.waitFor();
    await input.fill(name);
    await this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: name }).waitFor();
    await this.page.keyboard.press('Enter');
    await this.page.locator('.tab.active', { hasText: name }).first().waitFor();
    await this.page.locator('.editor-instance .view-line').first().waitFor();
  }

  /** Put the cursor at the end of a line, counted from 1. */
  async goToLine(line: number): Promise<void> {
    await this.page.keyboard.press('Control+G');
    await this.answer(`:${line}`);
    await this.page.keyboard.press('End');
  }

  /** A line of the editor that has the focus, by what it says; VS Code draws blanks as other characters. */
  line(text: string): Locator {
    return this.page
      .locator('.editor-instance .view-line', { hasText: new RegExp(text.replaceAll(' ', '\\s')) })
      .first();
  }

  squiggles(severity: 'error' | 'warning'): Locator {
    return this.page.locator(`.editor-instance .squiggly-${severity}`);
  }

  status(text: RegExp): Locator {
    return this.page.locator('.statusbar-item', { hasText: text });
  }

  /** The extension's row of a tree, by the run's name and what else it says. */
  treeRow(name: string, description: RegExp = /./): Locator {
    return this.page.locator('.sidebar .monaco-list-row', { hasText: name }).filter({ hasText: description }).first();
  }

  async showRuns(): Promise<void> {
    const title = this.page.locator('.sidebar:visible .title-label', { hasText: /Rectiscope/i });
    if (await title.isVisible()) return;
    // The badge with the number of runs lies over the icon, and belongs to it.
    await this.page.locator('.activitybar .action-item a[aria-label^="Rectiscope"]').click({ force: true });
    await title.waitFor();
  }

  get panelTab(): Locator {
    return this.page.locator('.tab[aria-label^="Rectiscope"]');
  }

  async setTheme(theme: string): Promise<void> {
    await this.page.keyboard.press('Control+K');
    await this.page.keyboard.press('Control+T');
    await this.answer(theme);
  }

  /** page > the workbench's own frame > the extension's page. */
  get panel(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  /** Pixels of one of the panel's charts in a colour, give or take the smoothing of edges. */
  async pixels(title: string, color: string): Promise<number> {
    const chart = this.panel.getByRole('slider', { name: `${title}: cursor` });
    await chart.scrollIntoViewIfNeeded();
    return chart.evaluate(countPixels, rgbOf(color));
  }

  /** How many different colours the picture of a run's layers has. */
  async shades(run: string): Promise<number> {
    const picture = this.panel.getByLabel(new RegExp(`layers of ${run}\\.`)).locator('canvas');
    await picture.scrollIntoViewIfNeeded();
    return picture.evaluate(countColors);
  }

  async dismissMessages(): Promise<void> {
    await this.run('Notifications: Clear All Notifications');
  }
}

/** Runs in the page. */
function countPixels(element: Element, rgb: Rgb): number {
  const canvas = element as HTMLCanvasElement;
  const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    const close = rgb.every((channel, k) => Math.abs(channel - (data[i + k] ?? 0)) < 16);
    if (close && (data[i + 3] ?? 0) > 200) count++;
  }
  return count;
}

/** Runs in the page. */
function countColors(element: Element): number {
  const canvas = element as HTMLCanvasElement;
  const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
  const colors = new Set<number>();
  for (let i = 0; i < data.length; i += 4) {
    if ((data[i + 3] ?? 0) > 200) colors.add(((data[i] ?? 0) << 16) | ((data[i + 1] ?? 0) << 8) | (data[i + 2] ?? 0));
  }
  return colors.size;
}
