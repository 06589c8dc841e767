/** The licences of third-party code in our package: most require that their text is included. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly author?: string | { readonly name?: string };
}

/** The folder of the package that a file under `node_modules` belongs to, absolute; undefined for our own. */
function packageFolder(file: string): string | undefined {
  const at = file.lastIndexOf('node_modules/');
  if (at < 0) return undefined;
  const [scope = '', name = ''] = file.slice(at + 'node_modules/'.length).split('/');
  return join(root, file.slice(0, at), 'node_modules', scope.startsWith('@') ? join(scope, name) : scope);
}

/** Licence and notice files of a package. */
const noticesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /^(?:licen[cs]e|copying|notice|thirdpartynotices)(?:[.-].*)?$/i.test(name))
    .toSorted()
    .map((name) => readFileSync(join(folder, name), 'utf8').trim());

/** A package's licence: its texts, or if it has none, its manifest's field. Throws if there is neither. */
function noticeOf(folder: string): string {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const texts = noticesIn(folder);
  if (texts.length === 0 && license === undefined) throw new Error(`${name} does not say under which licence it is.`);
  const by = typeof author === 'string' ? author : author?.name;
  const named = `${name} ${version}: ${license ?? 'see below'}${by ? `, ${by.replace(/ *<.*/, '')}` : ''}`;
  return [named, ...texts].join('\n\n');
}

/**
 * One text for all packages. `files`: what was bundled, relative to the project, with `/`; `packages`: names of those that are copied
 * whole.
 */
export function thirdPartyNotices(files: Iterable<string>, packages: Iterable<string>): string {
  const folders = new Set<string>();
  for (const file of files) {
    const folder = packageFolder(file);
    // A file that a bundle leaves empty is named `(disabled):…`, which is no folder.
    if (folder !== undefined && existsSync(join(folder, 'package.json'))) folders.add(folder);
  }
  for (const name of packages) folders.add(join(root, 'node_modules', name));
  const notices = [...folders].map(noticeOf).toSorted();
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `Rectiscope contains the following packages, each under its own licence.${rule}${notices.join(rule)}\n`;
}
