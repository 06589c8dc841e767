/** Which finding explains which. */
import type { Diagnosis } from './rule.ts';
import type { RuleId } from './rule-ids.ts';

/** Training data from which nothing can be learnt, whatever the network. */
const TRAINING_DATA: readonly RuleId[] = [
  'non-finite-data',
  'labels-out-of-range',
  'single-class',
  'constant-images',
  'duplicates-across-classes',
  'labels-unrelated',
  'unshuffled-examples',
  'augmentation-destroys-labels',
  'object-vanishes',
  'color-read-as-grey',
];
/** Validation data that measures something else: it explains only what compares validation with training. */
const VALIDATION_DATA: readonly RuleId[] = [
  'validation-prepared-differently',
  'validation-labels-permuted',
  'validation-overlaps-training',
];
/** What becomes of a run: it explains nothing. */
const OUTCOMES: readonly RuleId[] = ['stalled', 'plateaued'];

/** How a network starts: each line follows from those above it, before training as well. */
const START: readonly (readonly RuleId[])[] = [
  ['symmetric-start', 'dead-from-start'],
  ['vanishing-gradient', 'exploding-signal', 'dropout-too-strong'],
  ['input-not-normalized'],
  ['vanishing-signal', 'exploding-gradient', 'bad-initial-loss'],
];

/** Root causes first: a finding explains those of a later line that come after it. */
const CAUSES: readonly (readonly RuleId[])[] = [
  TRAINING_DATA,
  ...START,
  ['activation-on-logits', 'bottleneck', 'schedule-never-useful', 'batch-too-small'],
  ['decay-dominates'],
  ['learning-rate-too-high', 'learning-rate-too-low'],
  ['dead-rectifiers'],
  ['diverged'],
  OUTCOMES,
];

/** Rules that have causes of their own, root causes first, in place of those above them in `CAUSES`. */
const EXPLAINED_BY: Readonly<Partial<Record<RuleId, readonly RuleId[]>>> = {
  'class-imbalance': ['labels-out-of-range', 'single-class'],
  'constant-images': ['color-read-as-grey'],
  'duplicates-across-classes': ['constant-images'],
  'labels-unrelated': ['constant-images', 'duplicates-across-classes'],
  'object-vanishes': ['constant-images', 'duplicates-across-classes'],
  'color-read-as-grey': ['duplicates-across-classes'],
  'augmentation-destroys-labels': ['duplicates-across-classes'],
  'validation-prepared-differently': ['constant-images'],
  'validation-labels-permuted': ['validation-prepared-differently', 'duplicates-across-classes'],
  'validation-overlaps-training': ['constant-images'],
  'worse-than-guessing': [...TRAINING_DATA, ...VALIDATION_DATA],
  overfitting: [...TRAINING_DATA, ...VALIDATION_DATA],
  'label-noise-suspected': [...TRAINING_DATA, ...VALIDATION_DATA],
};

/** What is known of an earlier finding. */
export interface Earlier {
  readonly rule: RuleId;
  /** It is a consequence, of this. */
  readonly cause?: RuleId;
  /** Information: it explains nothing. */
  readonly minor?: true;
  /** Of a part of the data: it explains only what `EXPLAINED_BY` says. */
  readonly partial?: true;
}

/** A finding as those that come after it see it. */
export const earlierOf = (rule: RuleId, { severity, partial }: Diagnosis): Earlier => ({
  rule,
  ...(severity === 'information' && { minor: true }),
  ...(partial && { partial: true }),
});

/** Where a diagnosis stands among earlier findings: beneath a cause, or at the root; undefined where it is not reported. */
export type Place = { readonly cause?: RuleId } | undefined;

/** The first of these rules, root causes first, that has a finding: a root, or what a consequence names. */
function firstOf(causes: readonly RuleId[], earlier: readonly Earlier[]): RuleId | undefined {
  const among = (some: readonly Earlier[]) =>
    causes.map((id) => some.find((one) => one.rule === id)).find((one) => one !== undefined);
  const weighty = earlier.filter(({ minor }) => !minor);
  const root = among(weighty.filter(({ cause }) => cause === undefined));
  // What is left of a cause that has ended are its consequences: they still name it.
  return root?.rule ?? among(weighty)?.cause;
}

const ofTheWhole = (earlier: readonly Earlier[]): Earlier[] => earlier.filter(({ partial }) => !partial);

/** Rules of these lines above that of a rule. */
function above(rule: RuleId, lines: readonly (readonly RuleId[])[]): RuleId[] {
  const rank = lines.findIndex((ids) => ids.includes(rule));
  return lines.slice(0, Math.max(0, rank)).flat();
}

/**
 * The root cause that explains this finding, among earlier ones. Rules are ranked by `CAUSES`; a symptom is explained by whatever was
 * found before it.
 */
function causeOf(rule: RuleId, isSymptom: boolean, earlier: readonly Earlier[]): RuleId | undefined {
  const own = EXPLAINED_BY[rule];
  if (own) return firstOf(own, earlier);
  const causes = isSymptom ? CAUSES.flat().filter((id) => id !== rule && !OUTCOMES.includes(id)) : above(rule, CAUSES);
  return firstOf(causes, ofTheWhole(earlier));
}

const isCause = (id: RuleId): boolean => CAUSES.some((ids) => ids.includes(id)) && !OUTCOMES.includes(id);

/** The place of a diagnosis among what was found before it. */
export function placeAmong(rule: RuleId, { relation }: Diagnosis, earlier: readonly Earlier[]): Place {
  if (relation === 'only-root') {
    const isExplained = ofTheWhole(earlier).some(
      ({ rule: id, cause, minor }) => !minor && !cause && isCause(id) && id !== rule,
    );
    return isExplained ? undefined : {};
  }
  const cause = causeOf(rule, relation !== undefined, earlier);
  if (cause === undefined && relation === 'only-symptom') return undefined;
  return cause === undefined ? {} : { cause };
}

/**
 * The place of what file and images tell before any training, among all that they tell. What an initialisation does is a chain;
 * everything else is written down, and wrong by itself, unless its rule calls it a symptom or has causes of its own.
 */
export function placeBeforeTraining(rule: RuleId, diagnosis: Diagnosis, others: readonly Earlier[]): Place {
  if (diagnosis.relation !== undefined || EXPLAINED_BY[rule]) return placeAmong(rule, diagnosis, others);
  const cause = rule === 'input-not-normalized' ? undefined : firstOf(above(rule, START), ofTheWhole(others));
  return cause === undefined ? {} : { cause };
}
