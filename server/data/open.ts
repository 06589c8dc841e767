/** Opens the data of a run: reads and checks it, shares it out, and starts what works ahead. */
import { availableParallelism } from 'node:os';
import type { DataConfig } from '../domain/config.ts';
import type { SourcePath } from '../domain/origin.ts';
import { describeLabelFault } from '../domain/survey/label-range.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { Dataset } from './dataset.ts';
import { loadDecoder } from './decoder.ts';
import { Examples, type ExamplesOptions } from './examples.ts';
import type { ImageSet } from './image.ts';
import { labelFaultOf } from './label-fault.ts';
import { Pool } from './pool.ts';
import { readArrays } from './read-arrays.ts';
import type { ReadOptions } from './read-data.ts';
import { readFolder } from './read-folder.ts';
import { openSource, type Source } from './source.ts';

export interface OpenOptions extends ReadOptions {
  /** Logits of the network. */
  readonly classes: number;
  /** Where the run file says how many. */
  readonly logitsAt?: SourcePath;
  /** Threads that read and prepare images; the number changes no result. Default: as many as the machine has cores. */
  readonly workers?: number;
}

/** More would only wait for the disk. */
const MOST_WORKERS = 8;

/** Read and check the data of a run against its network; throws a RunFailure that names what does not fit. */
export async function openDataset(config: DataConfig, options: OpenOptions): Promise<Dataset> {
  const source = await openSource(config.source);
  checkClasses(source, options);
  // Once for all threads: what is wrong with it is no image's fault.
  if (source.train.images.kind === 'files') await loadDecoder();
  const { input, seed } = options;
  const { augment, maxPixels, shuffle } = config;
  const { resize, crop, flip, color } = augment;
  // Images that are only copied need no thread.
  const isWork = source.train.images.kind === 'files' || flip || [resize, crop, color].some((key) => key !== undefined);
  const asNeeded = (images: ImageSet) => (isWork ? shared(images) : images);
  const sets = {
    train: asNeeded(source.train.images),
    ...(source.val && { val: asNeeded(source.val.images) }),
  };
  const own: ExamplesOptions = { sets, input, seed, augment, maxPixels };
  const examples = new Examples(own);
  const pool = isWork ? new Pool(own, options.workers ?? Math.min(MOST_WORKERS, availableParallelism())) : undefined;
  try {
    const read =
      pool && source.train.images.kind === 'files'
        ? await readFolder(source, config, { ...options, pool, examples })
        : await readArrays(source, config, { ...options, examples });
    const { preparation } = read;
    examples.prepare(preparation);
    pool?.tell({ kind: 'prepare', preparation });
    const parts = { ...read, shape: input, classes: source.classes, sets, augment, seed, shuffle, examples, pool };
    return await Dataset.of(parts, options.saved?.statistics);
  } catch (error) {
    await pool?.close();
    throw error;
  }
}

/** Throws a RunFailure where the data has more classes than the network has logits, or labels that can't be meant so. */
export function checkClasses(
  source: Source,
  { classes: logits, logitsAt }: Pick<OpenOptions, 'classes' | 'logitsAt'>,
): void {
  const { classes } = source;
  if (classes.length <= logits) return;
  const fault = labelFaultOf(source, logits);
  if (fault) throw new RunFailure(describeLabelFault(fault.fault, fault.where), ['data']);
  throw new RunFailure(
    `the data has ${classes.length} classes, the network ${logits} logits: give the last layer ${classes.length} units.`,
    logitsAt ?? ['network'],
  );
}

/** Images that worker threads can read without a copy of their own. */
function shared(images: ImageSet): ImageSet {
  if (images.kind === 'files') return images;
  const { values } = images;
  const memory = new SharedArrayBuffer(values.byteLength);
  const copy = values instanceof Uint8Array ? new Uint8Array(memory) : new Float32Array(memory);
  copy.set(values);
  return { ...images, values: copy };
}
