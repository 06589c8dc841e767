/** The image files of a run, beside its checkpoints: so that it can be said which of them changed. */
import { join } from 'node:path';
import { durableFiles } from '../system/durable-files.ts';
import { readRegularFile } from '../system/regular-file.ts';
import type { DataFile } from './dataset.ts';

/** Some hundred bytes a file, of millions of files. */
const LARGEST = 2 ** 30;

const NAME = 'data-files.json';

/** Write the list of a run that begins; a source that is no folder of images has none. */
export async function writeFileList(folder: string, files: readonly DataFile[]): Promise<void> {
  if (files.length === 0) return;
  const text = JSON.stringify(files.map(({ path, digest }) => [path, digest]));
  await durableFiles.writeWhole(join(folder, NAME), [Buffer.from(text)]);
}

/** How files differ from those of the list: `a.png is another`. Empty where there is no list to compare with. */
export async function changedFiles(folder: string, files: readonly DataFile[]): Promise<string[]> {
  let before: Map<string, string>;
  try {
    const text = readRegularFile(join(folder, NAME), { largest: LARGEST }).toString('utf8');
    before = new Map(JSON.parse(text) as [string, string][]);
  } catch {
    // The names only make a message better: without them it is said that something changed.
    return [];
  }
  const now = new Map(files.map(({ path, digest }) => [path, digest]));
  return [
    ...[...before].flatMap(([path, digest]) => {
      const own = now.get(path);
      if (own === undefined) return [`${path} is missing`];
      return own === digest ? [] : [`${path} has changed`];
    }),
    ...[...now.keys()].filter((path) => !before.has(path)).map((path) => `${path} is new`),
  ];
}
