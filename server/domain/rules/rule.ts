import type { SourcePath } from '../config.ts';
import type { Network } from '../network/network.ts';

/** One weighted layer at one probed step. */
export interface ProbedLayer {
  readonly name: string;
  readonly gradientNorm: number;
  readonly weightNorm: number;
  readonly deadFraction: number;
}

/** What a rule is told, in the order in which it happens; never the future. */
export type Observation =
  /** Loss in nats and top-1 error in per cent of the batch, before the step's update. */
  | { readonly kind: 'step'; readonly step: number; readonly loss: number; readonly top1: number }
  | { readonly kind: 'probe'; readonly step: number; readonly layers: readonly ProbedLayer[] };

/** What is known of a run before it begins. */
export interface RuleContext {
  readonly network: Network;
  readonly batchSize: number;
  /** Training examples of each class. */
  readonly classCounts: readonly number[];
}

/** A change of the run file, by keys; an editor or the command line makes text edits of it. */
export type FileChange =
  | { readonly kind: 'set'; readonly path: SourcePath; readonly value: string }
  | { readonly kind: 'remove'; readonly path: SourcePath };

/** What a rule found: where, in numbers, and what to do. */
export interface Finding {
  readonly rule: string;
  readonly severity: 'error' | 'warning' | 'information';
  /** Step at which the evidence was complete; 0 before training. */
  readonly step: number;
  /** The layer that shows it most. */
  readonly layer?: string;
  /** What in the run file caused it. */
  readonly source: SourcePath;
  readonly message: string;
  readonly evidence: Readonly<Record<string, number | readonly number[] | string>>;
  readonly threshold: number;
  /** Where the threshold comes from. */
  readonly thresholdSource: string;
  readonly predicted?: number;
  readonly measured?: number;
  readonly fix?: { readonly title: string; readonly changes: readonly FileChange[] };
}

/**
 * A rule that watches a run. Its state is plain data: it goes into the checkpoint, so that a resumed run is diagnosed as
 * if it had never stopped.
 */
export interface LiveRule<State> {
  readonly id: string;
  start(context: RuleContext): State;
  observe(state: State, observation: Observation, context: RuleContext): { state: State; finding?: Finding };
}
