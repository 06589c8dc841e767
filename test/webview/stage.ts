/** A stage for tests of the panel: two recorded runs, panels opened with them, and what is asked of their pages. */
import { after, before } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { rgbOf } from '../../server/figures/colors.ts';
import type { HostMessage } from '../../server/protocol/panel.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import { type Harness, type OpenOptions, type OpenPanel, openPanel, serveHarness } from './harness.ts';
import { type Recording, record, snapshotOf } from './recording.ts';

export const xavier = record({ run: 'r-xa', name: 'xavier-30', kind: 'stalls', steps: 600, stepsPerEpoch: 100 });
export const he = record({ run: 'r-he', name: 'he-30', kind: 'learns', steps: 600, stepsPerEpoch: 100 });

/** What a host sends for these runs as they are after so many events, or at their end. */
export function upTo(count: number, recordings: readonly Recording[] = [xavier, he]): HostMessage[] {
  const end = (recording: Recording): number => Math.min(count, recording.events.length);
  return [
    { type: 'connection', state: 'connected' },
    { type: 'runs', runs: recordings.map((recording) => recording.summaries[end(recording) - 1] as RunSummary) },
    ...recordings.map(
      (recording): HostMessage => ({ type: 'snapshot', snapshot: snapshotOf(recording, end(recording)) }),
    ),
  ];
}

export interface Stage {
  open(options?: Partial<OpenOptions>): Promise<OpenPanel>;
  /** A panel with both runs, drawn. */
  drawn(options?: Partial<OpenOptions>): Promise<OpenPanel>;
}

/** For a `describe` block: serves the panel before its tests and ends the browser after them. */
export function stage(browser: Browser | undefined): Stage {
  let harness: Harness;
  before(async () => {
    harness = await serveHarness();
  });
  after(async () => {
    await browser?.close();
    await harness.close();
  });
  const open: Stage['open'] = (options = {}) =>
    openPanel({ browser: browser as Browser, address: harness.address, ...options });
  const drawn: Stage['drawn'] = async (options = {}) => {
    const panel = await open(options);
    await panel.send(...upTo(Number.POSITIVE_INFINITY));
    await settled(panel.page);
    return panel;
  };
  return { open, drawn };
}

/** Waits until what came has been drawn: the store rests 40 ms between two flushes, the charts draw in the frame after. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let i = 0; i < 2; i++) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      for (let frame = 0; frame < 8; frame++) await new Promise(requestAnimationFrame);
    }
  });
}

export const boxOf = async (
  page: Page,
  title: string,
): Promise<{ x: number; y: number; width: number; height: number }> => {
  const box = await page.getByRole('slider', { name: `${title}: cursor` }).boundingBox();
  if (box === null) throw new Error(`No chart ${title}`);
  return box;
};

export async function drag(page: Page, options: { title: string; from: number; to: number }): Promise<void> {
  const box = await boxOf(page, options.title);
  // The plot starts right of the labels of the y axis.
  const at = (share: number): number => box.x + 45 + share * (box.width - 55);
  await page.mouse.move(at(options.from), box.y + 40);
  await page.mouse.down();
  await page.mouse.move(at((options.from + options.to) / 2), box.y + 50);
  await page.mouse.move(at(options.to), box.y + 60);
  await page.mouse.up();
  await page.mouse.move(5, 5);
}

/** Ends of the x axis of the three charts over time. */
export const sliderEnds = (page: Page): Promise<[number, number][]> =>
  page
    .locator('.curves canvas')
    .evaluateAll((canvases) =>
      canvases.map((canvas): [number, number] => [
        Number(canvas.getAttribute('aria-valuemin')),
        Number(canvas.getAttribute('aria-valuemax')),
      ]),
    );

/** Every canvas as text, in order, once nothing moves any longer. */
export async function pictures(page: Page): Promise<string[]> {
  const read = (): Promise<string[]> =>
    page
      .locator('main canvas')
      .evaluateAll((canvases) => canvases.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()));
  let before = await read();
  for (let attempt = 0; attempt < 20; attempt++) {
    await page.waitForTimeout(150);
    const now = await read();
    if (now.join() === before.join()) return now;
    before = now;
  }
  throw new Error('The pictures never came to rest.');
}

/** Pixels of a chart in a colour, give or take the smoothing of edges. */
export const pixelsOf = (page: Page, options: { title: string; color: string }): Promise<number> =>
  page.getByRole('slider', { name: `${options.title}: cursor` }).evaluate((element, rgb) => {
    const canvas = element as HTMLCanvasElement;
    const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    let count = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (rgb.every((channel, k) => Math.abs(channel - (data[i + k] as number)) < 12) && (data[i + 3] as number) > 200)
        count++;
    }
    return count;
  }, rgbOf(options.color));

/** Rows of a run's picture that are coloured from its left to its right. */
export const rowsOf = (page: Page, name: string): Promise<number> =>
  page
    .locator('.heatmap', { hasText: name })
    .locator('canvas')
    .evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const ctx = canvas.getContext('2d');
      const row = (canvas.height / devicePixelRatio - 23) / 30;
      let rows = 0;
      for (let i = 0; i < 30; i++) {
        const y = Math.round((5 + (i + 0.5) * row) * devicePixelRatio);
        const line = ctx?.getImageData(70, y, canvas.width - 90, 1).data ?? new Uint8ClampedArray();
        let filled = 0;
        for (let k = 3; k < line.length; k += 4) if (line[k] === 255) filled++;
        if (filled === line.length / 4) rows++;
      }
      return rows;
    });
