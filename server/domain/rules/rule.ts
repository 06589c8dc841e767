import type { SourcePath, TrainConfig } from '../config.ts';
import type { Network } from '../network/network.ts';
import type { Propagation } from '../propagation/propagate.ts';
import type { History } from './history.ts';
import type { RuleId } from './rule-ids.ts';

/** One weighted layer at one probed step. */
export interface ProbedLayer {
  readonly name: string;
  readonly gradientNorm: number;
  readonly weightNorm: number;
  /** λ‖w‖. */
  readonly decayNorm: number;
  /** ‖Δw‖ / ‖w‖. */
  readonly updateRatio: number;
  /** Root mean square of the pre-activations. */
  readonly activationRms: number;
  readonly deadFraction: number;
}

/** What a rule is told, in the order in which it happens; never the future. */
export type Observation =
  /** Before the first step; not told again after a resume. */
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

/** The images as the network gets them, after `normalize`. */
export interface InputStatistics {
  readonly mean: number;
  readonly deviation: number;
  readonly meanSquare: number;
  /** (mean of an image)², averaged, over the mean square: how alike the pixels of one image are. */
  readonly correlation: number;
}

/** What is known of a run before it begins. */
export interface RuleContext {
  readonly network: Network;
  readonly train: TrainConfig;
  readonly stepsPerEpoch: number;
  /** Training examples of each class. */
  readonly classCounts: readonly number[];
  readonly input: InputStatistics;
  /** Predicted for this input's correlation and unit variance. */
  readonly propagation: Propagation;
}

/** A change of the run file, by keys; an editor or the command line makes text edits of it. */
export type FileChange =
  | { readonly kind: 'set'; readonly path: SourcePath; readonly value: string }
  | { readonly kind: 'remove'; readonly path: SourcePath };

export interface ProposedFix {
  readonly title: string;
  readonly changes: readonly FileChange[];
}

/** What a rule found: where, in numbers, and what to do. */
export interface Diagnosis {
  readonly severity: 'error' | 'warning' | 'information';
  /** The layer that shows it most. */
  readonly layer?: string;
  /** What in the run file caused it. */
  readonly source: SourcePath;
  /** At most two sentences: what is wrong and how we know; what to do is the fix's title. */
  readonly message: string;
  readonly evidence: Readonly<Record<string, number | readonly number[] | string>>;
  readonly threshold: number;
  /** Where the threshold comes from. */
  readonly thresholdSource: string;
  readonly predicted?: number;
  readonly measured?: number;
  readonly fix?: ProposedFix | undefined;
  /** The file does not predict it: an earlier finding of any rule is its cause. */
  readonly symptom?: boolean;
}

export interface Finding extends Diagnosis {
  readonly rule: RuleId;
  /** Step at which the evidence was complete; 0 before training. */
  readonly step: number;
  /** An earlier finding that explains this one. */
  readonly cause?: RuleId;
}

/** A rule that watches a run. What it needs of the past is in the history; whether it has spoken is kept for it. */
export interface LiveRule {
  readonly id: RuleId;
  /** Which observations it judges; others leave it as it is. */
  readonly judges: Observation['kind'];
  /** How many judgements in a row must agree. */
  readonly persistence: number;
  /** What is wrong now, or nothing. */
  judge(observation: Observation, history: History, context: RuleContext): Diagnosis | undefined;
}

/** What a static rule is given: the network and how it will be trained, nothing measured. */
export type StaticContext = Pick<RuleContext, 'network' | 'train' | 'propagation'>;

/** A rule that needs the file alone. */
export interface StaticRule {
  readonly id: RuleId;
  check(context: StaticContext): Diagnosis | undefined;
}
