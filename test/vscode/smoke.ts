/**
 * Installs the package into a real VS Code and drives it as a user would: keyboard, mouse, eyes. Screenshots lie in
 * `out/shots`. Closes with `N passed, N failed`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageExtension } from '../../scripts/package.ts';
import { Checks } from './checks.ts';
import { installPackage, removeProfile, startHost, temporaryProfile, workbenchAddress } from './host.ts';
import { setUpHost } from './setup.ts';
import { story, THEMES } from './story.ts';
import { browserOrSkip, endTrainingServer, printCounts } from './support.ts';
import { Workbench } from './workbench.ts';

/** Checks of the story, for the count where it can't be told. */
const CHECKS = readFileSync(join(import.meta.dirname, 'story.ts'), 'utf8').match(/await check\(/g)?.length ?? 0;

const browser = await browserOrSkip(CHECKS);
setUpHost();
// `VSIX=FILE`: test a package that there is.
const file = process.env['VSIX'] ?? (await packageExtension());
const profile = temporaryProfile({ 'workbench.colorTheme': THEMES.dark });
console.log(installPackage(profile, file).trim().split('\n').at(-1));
const host = await startHost(profile);
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
if (process.env['VERBOSE']) page.on('console', (message) => console.log('[console]', message.text().slice(0, 300)));
page.setDefaultTimeout(60_000);
const checks = new Checks(page);
try {
  const workbench = new Workbench(page);
  await workbench.open(workbenchAddress(host, profile.workspace));
  await story({ workbench, checks, workspace: profile.workspace });
} catch (error) {
  checks.failed++;
  console.error(error);
} finally {
  await browser.close();
  await host.stop();
  await endTrainingServer(profile);
  removeProfile(profile);
}
printCounts(checks);
process.exit(checks.failed > 0 || checks.passed === 0 ? 1 : 0);
