/** Whether this machine can run VS Code and a browser for tests; where it can't, says so loudly and counts. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { connectToServer } from '../../server/client/connect.ts';
import { Shutdown } from '../../server/protocol/requests.ts';
import { launchBrowser } from '../browser.ts';
import type { Profile } from './host.ts';

/** Why VS Code's server can't run here, or undefined: its native parts come prebuilt for these platforms only. */
export function hostProblem(): string | undefined {
  if (process.platform === 'win32') return 'VS Code’s server from npm is not tried on Windows';
  return undefined;
}

/** The line that `npm test` counts by. */
export function printCounts({
  passed,
  failed,
  skipped = 0,
}: {
  passed: number;
  failed: number;
  skipped?: number;
}): void {
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}

/** A browser, or the end of this process with `count` tests counted as skipped. */
export async function browserOrSkip(count: number): Promise<Browser> {
  const problem = hostProblem();
  const browser = problem === undefined ? await launchBrowser() : undefined;
  if (browser) return browser;
  console.error(
    `*** SKIPPED: ${count} tests in a real VS Code. ${problem ?? 'There is no browser for this platform.'} ***`,
  );
  printCounts({ passed: 0, failed: 0, skipped: count });
  process.exit(0);
}

/** The training server outlives every window: a test ends the one of its workspace. */
export async function endTrainingServer({ workspace }: Profile): Promise<void> {
  const home = join(workspace, '.rectiscope');
  if (!existsSync(home)) return;
  const client = await connectToServer({ home, start: false });
  if (!client) return;
  const closed = new Promise<void>((resolve) => client.onClose(resolve));
  await client.request(Shutdown);
  await closed;
  client.dispose();
}
