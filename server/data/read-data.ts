/** What reading a source gives, and what is checked of every source. */
import type { DataConfig, MapShape } from '../domain/config.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import type { DataFile, SavedData } from './dataset.ts';
import type { Preparation } from './examples.ts';
import type { SplitName } from './image.ts';
import type { PixelSums } from './normalization.ts';
import type { Split } from './splits.ts';

export interface ReadOptions {
  readonly seed: number;
  readonly input: MapShape;
  readonly batchSize: number;
  /** From the checkpoint that a run goes on from. */
  readonly saved?: SavedData | undefined;
  /** Told while images are read, which may take long. */
  readonly onProgress?: () => void;
}

export interface ReadData {
  readonly splits: Record<SplitName, Split>;
  readonly hash: string;
  readonly files: readonly DataFile[];
  readonly notices: readonly string[];
  /** Files that are left out. */
  readonly bad: readonly string[];
  readonly preparation: Preparation;
}

/** Enough examples to train and to test. */
export function checkCounts({ train, val }: Record<SplitName, Split>, batchSize: number): void {
  if (train.count < batchSize)
    throw new RunFailure(`train.batch_size is ${batchSize}, but there are ${train.count} training examples.`, [
      'train',
      'batch_size',
    ]);
  if (val.count === 0)
    throw new RunFailure(
      'there are no validation examples: set `data.validation` above 0, or add a folder `val` to the source (IDX: a `t10k-…` pair).',
      ['data'],
    );
}

/** Whether anything of the training set must be known before its images can be prepared. */
export const needsSums = ({ normalize, augment }: DataConfig, saved: SavedData | undefined): boolean =>
  !saved && (normalize !== 'none' || augment.color !== undefined);

/** What the sums say, or what a checkpoint knows. */
export const preparationOf = ({ normalize, augment }: DataConfig, saved: SavedData | undefined, sums: PixelSums) =>
  saved?.preparation ?? {
    normalization: sums.normalization(normalize),
    ...(augment.color && { basis: sums.colorBasis() }),
  };
