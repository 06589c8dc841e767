/**
 * A browser for tests: the one that npm brings, else an installed Chrome or Chromium. Where there is none, says so loudly
 * and gives undefined, so that the test can be skipped and is counted as such.
 */
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type Browser, chromium } from 'playwright-core';

const INSTALLED = [
  process.env['CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Not the package's own arguments: those run everything in one process. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none'];

export async function launchBrowser(): Promise<Browser | undefined> {
  const failures: string[] = [];
  for (const path of [...(await fromNpm()), ...INSTALLED.filter((file) => file !== '' && existsSync(file))]) {
    // Another test may be unpacking the same browser at this moment: give it time to end.
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        return await chromium.launch({ executablePath: path, args: ARGUMENTS });
      } catch (error) {
        failures.push(`${path}: ${(error as Error).message.split('\n')[0]}`);
        await setTimeout(1500);
      }
    }
  }
  console.error(
    `\n*** NO BROWSER: every browser test is skipped. Set CHROMIUM=/path/to/chrome. ***\n${failures.join('\n')}\n`,
  );
  return undefined;
}

/** The package carries Chromium for Linux on x86-64 only. */
async function fromNpm(): Promise<string[]> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return [];
  return [await (await import('@sparticuz/chromium')).default.executablePath()];
}
