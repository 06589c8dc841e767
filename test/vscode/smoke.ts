/**
 * Installs the package into a real VS Code and drives it as a user would: keyboard, mouse, eyes. Screenshots lie in
 * `out/shots`. Closes with `N passed, N failed`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageExtension } from '../../scripts/package.ts';
import { Checks } from './checks.ts';
import {
  type Host,
  installPackage,
  type Profile,
  removeProfile,
  startHost,
  temporaryProfile,
  workbenchAddress,
} from './host.ts';
import { keepStory } from './keep-story.ts';
import { laterStory } from './later-story.ts';
import { setUpHost } from './setup.ts';
import { type Scene, story, THEMES } from './story.ts';
import { browserOrSkip, endTrainingServer, printCounts } from './support.ts';
import { UNTRUSTED_ARGUMENTS, UNTRUSTED_SETTINGS, untrustedStory } from './untrusted.ts';
import { Workbench } from './workbench.ts';

/** Checks of the stories, for the count if they can't run; each theme is one. */
const CHECKS = ['story.ts', 'later-story.ts', 'keep-story.ts', 'untrusted.ts'].reduce(
  (sum, name) => sum + (readFileSync(join(import.meta.dirname, name), 'utf8').match(/await check\(/g)?.length ?? 0),
  Object.keys(THEMES).length,
);

const browser = await browserOrSkip(CHECKS);
setUpHost();
// `VSIX=FILE`: test a package that there is.
const file = process.env['VSIX'] ?? (await packageExtension());
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
if (process.env['VERBOSE']) page.on('console', (message) => console.log('[console]', message.text().slice(0, 300)));
page.setDefaultTimeout(60_000);
const workbench = new Workbench(page);
const checks = new Checks(page);

/** Install the package into a fresh VS Code, run a story in it, and remove everything afterwards. */
async function tell(one: typeof story, profile: Profile, words?: readonly string[]): Promise<void> {
  let host: Host | undefined;
  try {
    installPackage(profile, file);
    host = await startHost(profile, words === undefined ? {} : { arguments: words });
    await workbench.open(workbenchAddress(host, profile.workspace));
    await one({ workbench, checks, workspace: profile.workspace });
  } catch (error) {
    checks.failed++;
    console.error(error);
  } finally {
    await page.goto('about:blank');
    await host?.stop();
    await endTrainingServer(profile);
    removeProfile(profile);
  }
}

const all = async (scene: Scene): Promise<void> => {
  await story(scene);
  await laterStory(scene);
  await keepStory(scene);
};
await tell(all, temporaryProfile({ 'workbench.colorTheme': THEMES.dark }));
await tell(untrustedStory, temporaryProfile(UNTRUSTED_SETTINGS), UNTRUSTED_ARGUMENTS);
await browser.close();
printCounts(checks);
process.exit(checks.failed > 0 || checks.passed === 0 ? 1 : 0);
