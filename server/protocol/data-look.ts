/** Requests to the process that looks at data, and its answers. */
import type { RunConfig } from '../domain/config.ts';
import type { SourcePath } from '../domain/origin.ts';
import type { InputStatistics } from '../domain/propagation/input-statistics.ts';
import type { Survey } from '../domain/survey/survey.ts';

export interface DataFacts {
  /** Training examples of each class. */
  readonly classCounts: readonly number[];
  /** Of a sample of the training images as the network gets them; absent where none can be used. */
  readonly input?: InputStatistics;
  readonly survey: Survey;
}

/** Why data can't be used, and the place in the run file: `data.source` unless another is given. */
export interface DataProblem {
  readonly message: string;
  readonly source?: SourcePath | undefined;
}

/** The result of looking at a run file's data; neither field if the file names no data. */
export interface DataLook {
  readonly facts?: DataFacts;
  readonly problem?: DataProblem;
}

export interface LookRequest {
  readonly id: number;
  readonly config: RunConfig;
}

/** `fault`: an error of the look itself, not of the data. */
export type LookAnswer =
  | { readonly id: number; readonly look: DataLook }
  | { readonly id: number; readonly fault: string };
