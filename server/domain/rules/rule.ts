import type { SourcePath } from '../config.ts';
import type { History } from './history.ts';
import type { Observation, RuleContext } from './observation.ts';
import type { RuleId } from './rule-ids.ts';

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
