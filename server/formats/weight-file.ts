/** Weights that a run starts from: files of other tools, or our own exports. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { NotReadable, readRegularFile } from '../system/regular-file.ts';
import { decodeTensors } from './safetensors.ts';

export interface WeightArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** Root mean square of its numbers; not finite where one of them is not. */
  readonly rms: number;
  readonly mean: number;
  /** Whether all units, the last axis, have the same numbers. */
  readonly unitsAlike: boolean;
}

export interface WeightFile {
  readonly arrays: ReadonlyMap<string, WeightArray>;
  /** SHA-256 of the file. */
  readonly hash: string;
}

/** Mean and root mean square, and whether every run of `units` numbers is one number again and again. */
function summarize(values: Float32Array, units: number): Pick<WeightArray, 'mean' | 'rms' | 'unitsAlike'> {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const count = Math.max(1, values.length);
  const unitsAlike = values.every((value, i) => value === values[i - (i % units)]);
  return { mean: sum / count, rms: Math.sqrt(squares / count), unitsAlike };
}

/** A billion numbers: the largest published classifiers have fewer. */
const LARGEST = 4 * 2 ** 30;

const readBytes = (file: string): Buffer => readRegularFile(file, { largest: LARGEST });

/** Why a file can't be read, as the end of a sentence. */
function whyNot(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (error instanceof NotReadable) return message;
  return code === undefined ? `it is not a complete safetensors file (${message})` : message;
}

/** Read a safetensors file. Throws an Error whose message ends the sentence "it can't be read: …". */
export function readWeightFile(file: string): WeightFile {
  try {
    const bytes = readBytes(file);
    const arrays = [...decodeTensors(bytes).arrays].map(
      ([name, { shape, data }]) => [name, { shape, data, ...summarize(data, shape.at(-1) ?? 1) }] as const,
    );
    return { arrays: new Map(arrays), hash: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    throw new Error(whyNot(error), { cause: error });
  }
}

/** SHA-256 of a file; undefined if it can't be read. */
export function weightFileHash(file: string): string | undefined {
  try {
    return createHash('sha256').update(readBytes(file)).digest('hex');
  } catch {
    return undefined;
  }
}

type Outline = ReadonlyMap<string, Omit<WeightArray, 'data'>>;

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
    const outline = new Map([...arrays].map(([name, { data: _, ...rest }]) => [name, rest]));
    this.#known.set(file, { stamp, outline });
    return outline;
  };
}
