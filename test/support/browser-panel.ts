/** `rectiscope panel` in a real browser: a folder, its command, its page, and what is asked of them. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { stopServer } from '../../server/client/connect.ts';
import { processFile } from '../../server/system/processes.ts';
import { startPanel } from './panel-command.ts';
import { later, temporaryFolder, until } from './training-server.ts';

/** Where pictures are kept to be looked at. */
export const shots = resolve(import.meta.dirname, '../../out/shots');
mkdirSync(shots, { recursive: true });

interface PageOptions {
  /** Of the fixture of the tests in VS Code. */
  files?: readonly string[];
  /** Whether the page's clock is to be moved. */
  clock?: boolean;
}

/** A folder with run files, its panel, and the page that shows it. */
export async function openPage(
  t: TestContext,
  browser: Browser | undefined,
  { files = [], clock = false, ...options }: BrowserContextOptions & PageOptions = {},
) {
  const folder = temporaryFolder(t);
  const home = join(folder, '.rectiscope');
  mkdirSync(home);
  for (const file of files) copyFileSync(resolve(import.meta.dirname, '../vscode/fixture', file), join(folder, file));
  later(t, () => stopServer(home));
  const panel = await startPanel(t, { home, folder });
  const context = await (browser as Browser).newContext({ viewport: { width: 1280, height: 800 }, ...options });
  later(t, () => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.addInitScript(() =>
    addEventListener('securitypolicyviolation', (event) => console.error(`POLICY ${event.violatedDirective}`)),
  );
  page.on('console', (message) => {
    if (message.text().startsWith('POLICY')) errors.push(message.text());
  });
  if (clock) await page.clock.install();
  await page.goto(panel.url);
  const command = (...words: string[]) =>
    execFileSync(process.execPath, [processFile('cli'), ...words], {
      cwd: folder,
      env: { ...process.env, RECTISCOPE_HOME: home },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return { folder, home, panel, page, errors, command };
}

export const row = (page: Page, name: string) => page.locator('.run', { hasText: name });

/** What the list says of a run's step. */
export async function stepOf(page: Page, name: string): Promise<number> {
  const text = (await row(page, name).locator('.run-facts').first().textContent()) ?? '';
  return Number(/step ([\d,.\s]+?)(?: \/|epoch)/.exec(text)?.[1]?.replaceAll(/\D/g, ''));
}

export async function goesOn(page: Page, name: string): Promise<void> {
  const before = await stepOf(page, name);
  await until(async () => (await stepOf(page, name)) > before + 5, `${name} goes on in the page`);
}

export async function act(page: Page, name: string, label: RegExp): Promise<void> {
  await row(page, name).hover();
  await row(page, name).getByRole('button', { name: label }).click();
}

export const isConnected = (page: Page) => page.locator('.connection.connected').waitFor();
