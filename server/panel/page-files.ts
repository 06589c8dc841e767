/** The files of the page: bundles beside this program in the package; built on demand in a source tree. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isSourceTree, processFile, spawnPanelBuild } from '../system/processes.ts';

/** Content by name. */
export type PageFiles = Readonly<Record<PageFile, string>>;
const NAMES = ['webview.js', 'webview.css', 'browser.js', 'browser.css'] as const;
export type PageFile = (typeof NAMES)[number];

/** The page is not available; the message says what to do. */
export class NoPage extends Error {
  override readonly name = 'NoPage';
}

/** Reads or builds the page. Throws NoPage. */
export async function loadPageFiles(): Promise<PageFiles> {
  return isSourceTree() ? await built() : await bundled();
}

async function bundled(): Promise<PageFiles> {
  const folder = dirname(processFile('cli'));
  const texts = await Promise.all(NAMES.map((name) => readFile(join(folder, name), 'utf8')));
  return Object.fromEntries(NAMES.map((name, i) => [name, texts[i] ?? ''])) as Record<PageFile, string>;
}

async function built(): Promise<PageFiles> {
  const child = spawnPanelBuild();
  const output = { out: '', error: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.error += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0)
    throw new NoPage(
      `The panel could not be built: ${output.error.trim().split('\n').slice(-5).join('\n')}\nRun \`npm install\` in ${join(dirname(processFile('cli')), '..')}.`,
    );
  return JSON.parse(output.out) as PageFiles;
}
