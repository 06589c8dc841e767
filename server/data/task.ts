/** What the trainer asks of the worker threads that prepare its examples, and what they answer. */
import type { Extent } from '../domain/augmentation/view.ts';
import type { KeptImages, Preparation, Wanted } from './examples.ts';
import type { Image, SplitName } from './image.ts';
import type { Sums } from './normalization.ts';

/** Write examples one after the other into shared memory. */
export interface FillTask {
  readonly kind: 'fill';
  readonly examples: readonly Wanted[];
  readonly to: Float32Array;
}

/** Read image files begin … end − 1 of a set. */
export interface ScanTask {
  readonly kind: 'scan';
  readonly set: SplitName;
  readonly begin: number;
  readonly end: number;
  /** Decode them: else only their bytes are read. */
  readonly decode: boolean;
  /** Keep what was decoded, where it is small. */
  readonly keep: boolean;
  /** Of which to add up the views of testing. */
  readonly summed: readonly number[];
  readonly wantsColor: boolean;
}

/** Add up the views of testing of some images that have been scanned. */
export interface SumTask {
  readonly kind: 'sum';
  readonly set: SplitName;
  readonly indices: readonly number[];
  readonly wantsColor: boolean;
}

/** The whole of a test image, not normalised: its shorter side resized, or as testing sees it. */
export interface WholeTask {
  readonly kind: 'whole';
  readonly example: Wanted;
  readonly shorterSide: number | undefined;
}

export interface ScannedImages {
  /** SHA-256 of each file; empty where it could not be read. */
  readonly digests: readonly string[];
  /** Why a file can't be used. */
  readonly problems: readonly (string | undefined)[];
  /** Sizes as kept, where decoded. */
  readonly extents: readonly (Extent | undefined)[];
  readonly kept?: KeptImages;
  readonly sums?: Sums;
}

export type Task = FillTask | ScanTask | SumTask | WholeTask;

/** What a task gives. */
export interface Results {
  readonly fill: undefined;
  readonly scan: ScannedImages;
  readonly sum: Sums;
  readonly whole: Image;
}

/** Told to every worker; not answered. */
export type Setting =
  | { readonly kind: 'prepare'; readonly preparation: Preparation }
  | { readonly kind: 'keep'; readonly kept: KeptImages };

export type ToWorker = { readonly id: number; readonly task: Task } | Setting;

export type FromWorker =
  | { readonly id: number; readonly result: Results[keyof Results] }
  /** `example` is the one that could not be used, where it was that. */
  | { readonly id: number; readonly failed: string; readonly example?: Wanted };
