import type { Origin } from '../origin.ts';
import type { History } from './history.ts';
import type { Observation, RuleContext } from './observation.ts';
import type { RuleId } from './rule-ids.ts';

/** A change of what was written; an editor or the command line makes text edits of it where that was in a run file. */
export type FileChange =
  | { readonly kind: 'set'; readonly at: Origin; readonly value: string }
  | { readonly kind: 'remove'; readonly at: Origin };

export interface ProposedFix {
  readonly title: string;
  readonly changes: readonly FileChange[];
}

/** What a rule found: where, in numbers, and what to do. */
export interface Diagnosis {
  readonly severity: 'error' | 'warning' | 'information';
  /** The layer that shows it most. */
  readonly layer?: string;
  /** Where the cause was written. */
  readonly origin: Origin;
  /** At most two sentences: what is wrong and how we know; what to do is the fix's title. */
  readonly message: string;
  readonly evidence: Readonly<Record<string, number | readonly number[] | string>>;
  readonly threshold: number;
  /** Where the threshold comes from. */
  readonly thresholdSource: string;
  readonly predicted?: number;
  readonly measured?: number;
  /** Reported only where this is a root: a consequence is mended with its cause. */
  readonly fix?: ProposedFix | undefined;
  /** Too small a part of the data to explain what the whole run does. */
  readonly partial?: boolean;
  /** The message where an earlier finding explains this one. */
  readonly consequence?: string;
  /** What there is to know of this finding beyond the rule’s `detail`; sentences. */
  readonly more?: string;
  readonly relation?: Relation;
}

/**
 * How a diagnosis stands to earlier findings, where the ranks of the rules do not say it: any of them is its cause (`symptom`); the same, and
 * without one it is not reported (`only-symptom`); or it is reported only where none of them is a cause (`only-root`).
 */
export type Relation = 'symptom' | 'only-symptom' | 'only-root';

export interface Finding extends Omit<Diagnosis, 'consequence' | 'more' | 'partial' | 'relation'> {
  readonly rule: RuleId;
  /** Step at which the evidence was complete; 0 before training. */
  readonly step: number;
  /** An earlier finding that explains this one. */
  readonly cause?: RuleId;
  /** What there is to know beyond the message. */
  readonly detail: string;
}

/** The end of a finding: what it said has not been so for a while. */
export interface Recovery {
  readonly rule: RuleId;
  /** Step of the finding that has ended. */
  readonly found: number;
  /** Step at which it was over. */
  readonly step: number;
}

type Kind = Observation['kind'];

/** A test of a run that trains. What it needs of the past is in the history; whether it has spoken is kept for it. */
export interface LiveTest {
  /** Which observations it judges; others leave it as it is. */
  readonly judges: Kind;
  /** How many judgements in a row must agree. */
  readonly persistence: number;
  /** What is wrong now, or nothing. */
  judge(observation: Observation, history: History, context: RuleContext): Diagnosis | undefined;
}

/** What a static test gets: the network and how it will be trained; what is known of the data, where it could be read. */
export type StaticContext = Pick<RuleContext, 'network' | 'train' | 'propagation'> &
  Partial<Pick<RuleContext, 'classCounts' | 'input' | 'stepsPerEpoch' | 'data'>>;

/** What docs/rules.md says of a rule: plain text, a sentence or a few each. */
export interface RuleNotes {
  /** What is measured or predicted. */
  readonly quantity: string;
  /** When it reports a finding, before training and during it, with the least evidence. */
  readonly test: string;
  readonly severity: string;
  readonly fix: string;
  readonly source: string;
  /** Where it could go wrong, and what keeps it from that. */
  readonly falsePositives: string;
  /** When a finding is over; for a rule whose finding never ends, why. */
  readonly end: string;
}

/** A rule is a value: a file of its own, and a line in `rules.ts`. */
export interface Rule {
  readonly id: RuleId;
  /** "More" beneath a message: why it matters, how to read the numbers. */
  readonly detail: string;
  readonly notes: RuleNotes;
  /** What the file alone predicts. */
  readonly predict?: (context: StaticContext) => Diagnosis | undefined;
  /** What the run shows; the first test that finds something speaks for the rule. */
  readonly watch: readonly LiveTest[];
  /** Whether what was found is over now; asked of observations of one kind. */
  readonly recovery?: {
    readonly judges: Kind;
    /** In so many times the rule’s judgements in a row; 3 where nothing is said. */
    readonly times?: number;
    isOver(observation: Observation, history: History, context: RuleContext): boolean;
  };
}
