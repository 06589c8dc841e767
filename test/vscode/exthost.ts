/**
 * Runs the mocha suite inside VS Code's extension host, the way `@vscode/test-electron` does it, with the extension loaded
 * from `dist`. Closes with `N passed, N failed`.
 */
import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundles } from '../../scripts/build.ts';
import { removeProfile, SUITE_ARGUMENTS, startHost, suitePayload, temporaryProfile, workbenchAddress } from './host.ts';
import { out, suite } from './paths.ts';
import { setUpHost } from './setup.ts';
import { browserOrSkip, endTrainingServer, printCounts } from './support.ts';

/** Tests of the suite, for the count where it can't run. */
const TESTS = globSync('suite/*.test.ts', { cwd: import.meta.dirname })
  .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8').match(/^\s+it\(/gm)?.length ?? 0)
  .reduce((sum, count) => sum + count, 0);
const PATIENCE_MS = 600_000;

interface Result {
  readonly fullTitle: string;
  readonly duration?: number;
  readonly err: { readonly message?: string; readonly stack?: string };
}

const browser = await browserOrSkip(TESTS);
setUpHost();
await buildBundles();
const profile = temporaryProfile();
const results = join(profile.folder, 'results.json');
const host = await startHost(profile, { arguments: SUITE_ARGUMENTS, env: { RECTISCOPE_TEST_RESULTS: results } });
mkdirSync(out, { recursive: true });
const counts = { passed: 0, failed: 0 };
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  if (process.env['VERBOSE']) page.on('console', (message) => console.log('[console]', message.text().slice(0, 400)));
  // The workbench calls these when the run in the extension host has ended.
  const ended = new Promise<number>((resolve) => {
    page.exposeFunction('codeAutomationExit', resolve).catch(() => resolve(-1));
  });
  await page.exposeFunction('codeAutomationLog', (kind: string, words: unknown[]) => {
    if (process.env['VERBOSE']) console.log('[suite]', kind, ...words);
  });
  await page.goto(workbenchAddress(host, profile.workspace, suitePayload(host, suite)));
  const impatient = new Promise<'too long'>((resolve) => {
    setTimeout(resolve, PATIENCE_MS, 'too long').unref();
  });
  const code = await Promise.race([ended, impatient]);
  await page.screenshot({ path: join(out, 'exthost.png') });
  if (existsSync(results)) report(results);
  if (code !== 0 && counts.failed === 0) {
    console.error(`The extension host ended with ${code}; see out/exthost.png.`);
    counts.failed++;
  }
} finally {
  await browser.close();
  await host.stop();
  await endTrainingServer(profile);
  removeProfile(profile);
}
printCounts(counts);
process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);

function report(file: string): void {
  const { tests } = JSON.parse(readFileSync(file, 'utf8')) as { tests: Result[] };
  for (const { fullTitle, duration = 0, err } of tests) {
    const failed = Object.keys(err).length > 0;
    console.log(
      `  ${failed ? 'FAIL' : 'ok  '} ${fullTitle} (${duration} ms)${failed ? `\n${err.stack ?? err.message}` : ''}`,
    );
    if (failed) counts.failed++;
    else counts.passed++;
  }
}
