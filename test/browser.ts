/**
 * A browser for tests: the one that npm brings, else an installed Chrome or Chromium. Where there is none, says so loudly
 * and gives undefined, so that the test can be skipped and is counted as such.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
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

/** A browser to try, and what its environment needs beside this process's. */
interface Candidate {
  readonly path: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a browser, or says loudly that there is none. */
export async function launchBrowser(): Promise<Browser | undefined> {
  const failures: string[] = [];
  for await (const { path, env } of candidates()) {
    // Another test may be unpacking the same browser at this moment: give it time to end.
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        return await chromium.launch({ executablePath: path, args: ARGUMENTS, env: { ...process.env, ...env } });
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

/** The package's browser with the system's libraries, with its own, then whatever is installed. */
async function* candidates(): AsyncGenerator<Candidate> {
  // The package carries Chromium for Linux on x86-64 only.
  if (process.platform === 'linux' && process.arch === 'x64') {
    const { default: brought, inflate } = await import('@sparticuz/chromium');
    const path = await brought.executablePath();
    yield { path };
    // A bare machine lacks nss, nspr and expat, or fonts: the package has them, too.
    const own = join(fileURLToPath(import.meta.resolve('@sparticuz/chromium')), '..', '..', 'bin', 'al2023.tar.br');
    const env = { LD_LIBRARY_PATH: join(await inflate(own), 'lib'), FONTCONFIG_PATH: join(tmpdir(), 'fonts') };
    yield { path, env };
  }
  for (const path of INSTALLED) if (path !== '' && existsSync(path)) yield { path };
}
