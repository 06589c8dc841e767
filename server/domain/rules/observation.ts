/** What rules see of a run. */
import type { TrainConfig } from '../config.ts';
import type { Network } from '../network/network.ts';
import type { ProbedLayer } from '../probe/quantities.ts';
import type { InputStatistics } from '../propagation/input-statistics.ts';
import type { Propagation } from '../propagation/propagate.ts';
import type { SurveyedData } from '../survey/survey.ts';

/** What a rule sees, in the order in which it happens; never the future. */
export type Observation =
  /** Before the first step; not repeated after a resume. */
  | { readonly kind: 'start' }
  /** Loss in nats and top-1 error in per cent of the batch, before the step's update. */
  | {
      readonly kind: 'step';
      readonly step: number;
      readonly loss: number;
      readonly top1: number;
      readonly learningRate: number;
    }
  | { readonly kind: 'probe'; readonly step: number; readonly layers: readonly ProbedLayer[] }
  | {
      readonly kind: 'evaluation';
      readonly step: number;
      readonly epoch: number;
      readonly loss: number;
      readonly top1: number;
      /** Over training examples in test mode, same views. */
      readonly trainLoss: number;
      readonly trainTop1: number;
      /** Counts [label][predicted]. */
      readonly confusion?: readonly (readonly number[])[];
    };

export type Evaluation = Extract<Observation, { kind: 'evaluation' }>;

/** What is known of a run before it begins. */
export interface RuleContext {
  readonly network: Network;
  readonly train: TrainConfig;
  readonly stepsPerEpoch: number;
  /** Training examples of each class. */
  readonly classCounts: readonly number[];
  /** Names of the classes, in their order; absent where nobody knows them. */
  readonly classes?: readonly string[];
  readonly input: InputStatistics;
  /** What a look at the images found; absent for a run that trains elsewhere. */
  readonly data?: SurveyedData | undefined;
  /** Predicted for this input's correlation and unit variance. */
  readonly propagation: Propagation;
}

/** A class by its name, or its number. */
export const className = ({ classes }: Pick<RuleContext, 'classes'>, index: number): string =>
  classes?.[index] ?? String(index);
