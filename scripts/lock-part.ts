/** The part of package-lock.json that one package and all that it needs take: what `npm ci` checks a fetched package by. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

interface Entry {
  readonly version: string;
  readonly integrity: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly dev?: boolean;
}

interface Lock {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, Entry>>;
}

/** The entry of a package as Node finds it from another's folder; throws where the lock has none. */
function placeOf(name: string, from: string, { packages }: Lock): string {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[place]) return place;
    if (folder === '') throw new Error(`package-lock.json has no ${name}: run \`npm install\`.`);
  }
}

/** A package.json that asks for one package, in the version that the project has, and the lock file that goes with it. */
export function lockPart(name: string): { manifest: object; lock: object } {
  const whole = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
  const places = new Set<string>();
  const add = (wanted: string, from: string): void => {
    const place = placeOf(wanted, from, whole);
    if (places.has(place)) return;
    places.add(place);
    const { dependencies, optionalDependencies } = whole.packages[place] as Entry;
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) add(needed, place);
  };
  add(name, '');
  const manifest = { private: true, dependencies: { [name]: whole.packages[`node_modules/${name}`]?.version } };
  const entries = [...places].toSorted().map((place): [string, object] => {
    const { dev: _, ...entry } = whole.packages[place] as Entry;
    return [place, entry];
  });
  const packages = { '': { dependencies: manifest.dependencies }, ...Object.fromEntries(entries) };
  return { manifest, lock: { lockfileVersion: whole.lockfileVersion, requires: true, packages } };
}
