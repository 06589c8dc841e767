/** Weights that a run starts from: files of other tools, or our own exports. */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { decodeTensors } from './safetensors.ts';

export interface WeightArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** Root mean square of its numbers; not finite where one of them is not. */
  readonly rms: number;
}

export interface WeightFile {
  readonly arrays: ReadonlyMap<string, WeightArray>;
  /** SHA-256 of the file. */
  readonly hash: string;
}

function rootMeanSquare(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum / Math.max(1, values.length));
}

/** A file's bytes. Only regular files are read: a device or a pipe might never end. */
function readRegular(file: string): Buffer {
  const status = statSync(file);
  if (!status.isFile() && !status.isDirectory()) throw Object.assign(new Error('it is not a file'), { code: 'EINVAL' });
  return readFileSync(file);
}

/** Why a file can't be read, as the end of a sentence. */
function whyNot(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a folder';
  return code === undefined ? `it is not a complete safetensors file (${message})` : message;
}

/** Read a safetensors file. Throws an Error whose message ends the sentence "it can't be read: …". */
export function readWeightFile(file: string): WeightFile {
  try {
    const bytes = readRegular(file);
    const arrays = [...decodeTensors(bytes).arrays].map(
      ([name, { shape, data }]) => [name, { shape, data, rms: rootMeanSquare(data) }] as const,
    );
    return { arrays: new Map(arrays), hash: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    throw new Error(whyNot(error), { cause: error });
  }
}

/** SHA-256 of a file; undefined if it can't be read. */
export function weightFileHash(file: string): string | undefined {
  try {
    return createHash('sha256').update(readRegular(file)).digest('hex');
  } catch {
    return undefined;
  }
}

type Outline = ReadonlyMap<string, Pick<WeightArray, 'shape' | 'rms'>>;

/** Cached contents of files, read again only after a change: an editor checks at every keystroke. */
export class WeightOutlines {
  readonly #known = new Map<string, { readonly stamp: string; readonly outline: Outline }>();

  /** Names, shapes and sizes of a file's arrays; throws as `readWeightFile` does. */
  readonly read = (file: string): Outline => {
    const status = statSync(file, { throwIfNoEntry: false });
    const stamp = `${status?.mtimeMs} ${status?.size} ${status?.ino}`;
    const known = this.#known.get(file);
    if (known?.stamp === stamp) return known.outline;
    const { arrays } = readWeightFile(file);
    const outline = new Map([...arrays].map(([name, { shape, rms }]) => [name, { shape, rms }]));
    this.#known.set(file, { stamp, outline });
    return outline;
  };
}
