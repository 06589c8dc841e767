/**
 * Reads every image file of a run once before its first step: what can't be used is known by then, the content is hashed,
 * statistics are taken, and what fits into memory is kept.
 */
import type { Extent } from '../domain/augmentation/view.ts';
import type { KeptImages } from './examples.ts';
import type { SplitName } from './image.ts';
import type { PixelSums } from './normalization.ts';
import type { Pool } from './pool.ts';
import type { ScanTask } from './task.ts';

/** Files of one task. The sums of a task are added in its order, so this number decides their last bits: it is fixed. */
const FILES_A_TASK = 16;

export interface ScannedFiles {
  readonly digests: readonly string[];
  readonly problems: readonly (string | undefined)[];
  readonly extents: readonly (Extent | undefined)[];
}

export interface ScanOptions {
  readonly pool: Pool;
  readonly sums: PixelSums;
  readonly wantsColor: boolean;
  /** False where a checkpoint knows what can be used: files are decoded only to be kept. */
  readonly mustDecode: boolean;
  /** Told after every task. */
  readonly onProgress: () => void;
}

/** Decoded images in memory: how many, and what is left for more. */
export class KeptMemory {
  images = 0;
  bytes = 0;
  /** Something did not fit, or was too large to be kept. */
  isFull: boolean;
  readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
    this.isFull = limit === 0;
  }
}

/** Scan the files of a set, adding up the views of those in `summed`. */
export async function scanSet(
  set: SplitName,
  { count, summed }: { count: number; summed: ReadonlySet<number> },
  {
    pool,
    sums,
    wantsColor,
    mustDecode,
    onProgress,
    kept,
    onKept,
  }: ScanOptions & { kept: KeptMemory; onKept: (kept: KeptImages) => void },
): Promise<ScannedFiles> {
  const digests: string[] = [];
  const problems: (string | undefined)[] = [];
  const extents: (Extent | undefined)[] = [];
  const begins = Array.from({ length: Math.ceil(count / FILES_A_TASK) }, (_, i) => i * FILES_A_TASK);
  const ask = (begin: number) => {
    const end = Math.min(count, begin + FILES_A_TASK);
    const indices = Array.from({ length: end - begin }, (_, i) => begin + i);
    const chosen = indices.filter((index) => summed.has(index));
    const keep = !kept.isFull;
    const decode = mustDecode || keep || chosen.length > 0;
    const task: ScanTask = { kind: 'scan', set, begin, end, decode, keep, summed: chosen, wantsColor };
    return pool.run<'scan'>(task);
  };
  await inOrder(begins, 2 * pool.size, ask, (scanned) => {
    digests.push(...scanned.digests);
    problems.push(...scanned.problems);
    extents.push(...scanned.extents);
    if (scanned.sums) sums.merge(scanned.sums);
    if (scanned.kept) {
      const { byteLength } = scanned.kept.memory;
      const decoded = scanned.extents.filter((extent) => extent !== undefined).length;
      if (kept.bytes + byteLength <= kept.limit) {
        kept.bytes += byteLength;
        kept.images += scanned.kept.entries.length;
        pool.tell({ kind: 'keep', kept: scanned.kept });
        onKept(scanned.kept);
        if (scanned.kept.entries.length < decoded) kept.isFull = true;
      } else kept.isFull = true;
    }
    onProgress();
  });
  return { digests, problems, extents };
}

/** Add up the views of testing of images that were scanned, in an order that does not depend on the workers. */
export async function sumViews(
  set: SplitName,
  indices: readonly number[],
  { pool, sums, wantsColor, onProgress }: Pick<ScanOptions, 'pool' | 'sums' | 'wantsColor' | 'onProgress'>,
): Promise<void> {
  // The same shares as a scan takes, so that both give the same bits.
  const shares = Map.groupBy(
    indices.toSorted((a, b) => a - b),
    (index) => Math.floor(index / FILES_A_TASK),
  );
  await inOrder(
    [...shares.values()],
    2 * pool.size,
    (own) => pool.run<'sum'>({ kind: 'sum', set, indices: own, wantsColor }),
    (own) => {
      sums.merge(own);
      onProgress();
    },
  );
}

/** Do some of a list at a time and take the results in the order of the list. */
async function inOrder<T, R>(
  items: readonly T[],
  atOnce: number,
  ask: (item: T) => Promise<R>,
  take: (result: R) => void,
): Promise<void> {
  const asked: Promise<R>[] = [];
  for (let i = 0; i < items.length; i++) {
    while (asked.length < Math.min(items.length, i + atOnce)) {
      const promise = ask(items[asked.length] as T);
      promise.catch(() => {});
      asked.push(promise);
    }
    take(await (asked[i] as Promise<R>));
    // What was taken is not held any longer.
    asked[i] = undefined as never;
  }
}
