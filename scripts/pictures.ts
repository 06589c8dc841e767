/**
 * `npm run pictures`: the pictures of docs/prove.md, taken in a real VS Code: the Xavier example with its finding, the
 * quick fix, a proof in progress, its verdict. Builds the extension from the source first.
 */
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { launchBrowser } from '../test/browser.ts';
import { removeProfile, startHost, temporaryProfile, workbenchAddress } from '../test/vscode/host.ts';
import { setUpHost } from '../test/vscode/setup.ts';
import { endTrainingServer } from '../test/vscode/support.ts';
import { Workbench } from '../test/vscode/workbench.ts';
import { buildBundles, EXTENSION_BUNDLES } from './build.ts';

/** Training takes a while, more on a busy machine. */
const PATIENCE = { timeout: 300_000 };

const root = resolve(import.meta.dirname, '..');
const images = join(root, 'docs', 'images');
const browser = await launchBrowser();
if (!browser) throw new Error('There is no browser for this platform.');
setUpHost();
await buildBundles(EXTENSION_BUNDLES, { quiet: true });
const profile = temporaryProfile();
const { publisher, name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
  string,
  string
>;
symlinkSync(root, join(profile.extensions, `${publisher}.${name}-${version}`), 'dir');
cpSync(join(root, 'examples', 'xavier-30.rectiscope.yaml'), join(profile.workspace, 'xavier-30.rectiscope.yaml'));
mkdirSync(images, { recursive: true });
const host = await startHost(profile);
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(120_000);
  /** With few colours: a picture in a document need not be large. */
  const picture = async (title: string): Promise<void> => {
    const shot = await page.screenshot();
    await sharp(shot)
      .png({ palette: true, colours: 64 })
      .toFile(join(images, `prove-${title}.png`));
    console.log(title);
  };
  const workbench = new Workbench(page);
  await workbench.open(workbenchAddress(host, profile.workspace));
  await workbench.openFile('xavier-30.rectiscope.yaml');
  await workbench.squiggles('error').first().waitFor();
  await page.keyboard.press('Control+Shift+M');
  await page.locator('.markers-panel .monaco-list-row', { hasText: 'vanish' }).first().waitFor();
  await picture('1-finding');
  await page.keyboard.press('Control+Shift+M');
  const line = readFileSync(join(profile.workspace, 'xavier-30.rectiscope.yaml'), 'utf8')
    .split('\n')
    .findIndex((one) => one.startsWith('  init: xavier'));
  await workbench.openFile('xavier-30.rectiscope.yaml');
  await workbench.goToLine(line + 1);
  await page.keyboard.press('Home');
  await page.keyboard.press('Control+.');
  await page.locator('.action-widget .action', { hasText: 'init: he' }).first().waitFor();
  await picture('2-quick-fix');
  await page.keyboard.press('Escape');
  await workbench.run('Rectiscope: Train');
  await workbench.status(/xavier-30 · stalled/).waitFor(PATIENCE);
  await workbench.dismissMessages();
  const finding = workbench.panel.locator('.finding', { hasText: 'vanishing-gradient' }).first();
  await finding.getByRole('button', { name: 'Prove' }).click();
  await finding.getByText(/is at step (2|3|4|5|6)\d of/).waitFor(PATIENCE);
  await finding.getByRole('button', { name: 'Proving' }).scrollIntoViewIfNeeded();
  await picture('3-running');
  await finding.getByText(/The fix helps/).waitFor(PATIENCE);
  await workbench.dismissMessages();
  await finding.getByText(/The fix helps/).scrollIntoViewIfNeeded();
  await picture('4-verdict');
} catch (error) {
  for (const page of browser.contexts().flatMap((context) => context.pages()))
    await page.screenshot({ path: join(root, 'out', 'pictures-failed.png') });
  throw error;
} finally {
  await browser.close();
  await host.stop();
  await endTrainingServer(profile);
  removeProfile(profile);
}
