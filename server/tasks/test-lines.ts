/** The lines of `lr --json` and `overfit --json`. */
import type { FileEdit, FindingEvent } from '../protocol/events.ts';
import type { Scalar } from '../protocol/scalar.ts';

/** A finding of `check` that may be why nothing is learnt. */
export type Cause = Pick<FindingEvent, 'rule' | 'line' | 'column' | 'message'>;

/** The line of `lr --json`. */
export interface RateTestLine {
  readonly event: 'lr';
  readonly file: string;
  /** One a step; losses in nats. */
  readonly points: readonly { readonly rate: number; readonly loss: Scalar; readonly smoothed: Scalar }[];
  /** The rate that the file has. */
  readonly written: number;
  /** Null: no rate helps. */
  readonly suggestion: number | null;
  readonly reason: string;
  /** Where no rate helps: why, as `check` says it. */
  readonly findings: readonly Cause[];
  /** Absent where the file has the rate that is suggested, and where none is. */
  readonly fix?: { readonly title: string; readonly edits: readonly FileEdit[] };
}

/** The line of `overfit --json`. */
export interface OverfitLine {
  readonly event: 'overfit';
  readonly file: string;
  /** Null: the batches themselves can't be learnt, by no network. */
  readonly learns: boolean | null;
  /** The learning rate that the numbers belong to: the file's, or a sixth of it where only that learns; null where none was tried. */
  readonly rate: number | null;
  /** Steps that were taken at it. */
  readonly steps: number;
  /** Mean of the last step on each batch, before its update, nats; null where no step was taken. */
  readonly loss: Scalar | null;
  /** Loss of guessing by the frequency of the classes in the batches, nats. */
  readonly guessing: number;
  /** In both batches, and how many of them were right at the last step on each. */
  readonly examples: number;
  readonly right: number;
  readonly verdict: string;
  /** Where it does not learn: why, as `check` says it. */
  readonly findings: readonly Cause[];
}
