/** Every rule, and what is kept of them while a run trains. */
import { activationOnLogits } from './activation-on-logits.ts';
import { augmentationDestroysLabels } from './augmentation-destroys-labels.ts';
import { badInitialLoss } from './bad-initial-loss.ts';
import { batchTooSmall } from './batch-too-small.ts';
import { bottleneck } from './bottleneck.ts';
import { classImbalance } from './class-imbalance.ts';
import { colorReadAsGrey } from './color-read-as-grey.ts';
import { constantImages } from './constant-images.ts';
import { deadFromStart } from './dead-from-start.ts';
import { deadRectifiers } from './dead-rectifiers.ts';
import { decayDominates } from './decay-dominates.ts';
import { diverged } from './diverged.ts';
import { dropoutTooStrong } from './dropout-too-strong.ts';
import { duplicatesAcrossClasses } from './duplicates-across-classes.ts';
import { explodingGradient } from './exploding-gradient.ts';
import { explodingSignal } from './exploding-signal.ts';
import { type History, remember, startHistory } from './history.ts';
import { inputNotNormalized } from './input-not-normalized.ts';
import { labelNoiseSuspected } from './label-noise-suspected.ts';
import { labelsOutOfRange } from './labels-out-of-range.ts';
import { labelsUnrelated } from './labels-unrelated.ts';
import { learningRateTooHigh } from './learning-rate-too-high.ts';
import { learningRateTooLow } from './learning-rate-too-low.ts';
import { nonFiniteData } from './non-finite-data.ts';
import { objectVanishes } from './object-vanishes.ts';
import type { Observation, RuleContext } from './observation.ts';
import { overfitting } from './overfitting.ts';
import { plateaued } from './plateaued.ts';
import type { Diagnosis, Finding, Recovery, Rule, StaticContext } from './rule.ts';
import type { RuleId } from './rule-ids.ts';
import { scheduleNeverUseful } from './schedule-never-useful.ts';
import { singleClass } from './single-class.ts';
import { stalled } from './stalled.ts';
import { symmetricStart } from './symmetric-start.ts';
import { unshuffledExamples } from './unshuffled-examples.ts';
import { validationLabelsPermuted } from './validation-labels-permuted.ts';
import { validationOverlapsTraining } from './validation-overlaps-training.ts';
import { validationPreparedDifferently } from './validation-prepared-differently.ts';
import { vanishingGradient } from './vanishing-gradient.ts';
import { vanishingSignal } from './vanishing-signal.ts';

/** Every rule, in the order in which they are asked. A new one is a file and a line here. */
export const RULES: readonly Rule[] = [
  nonFiniteData,
  labelsOutOfRange,
  singleClass,
  colorReadAsGrey,
  constantImages,
  duplicatesAcrossClasses,
  labelsUnrelated,
  unshuffledExamples,
  augmentationDestroysLabels,
  objectVanishes,
  validationPreparedDifferently,
  validationLabelsPermuted,
  validationOverlapsTraining,
  inputNotNormalized,
  classImbalance,
  symmetricStart,
  deadFromStart,
  dropoutTooStrong,
  activationOnLogits,
  bottleneck,
  scheduleNeverUseful,
  batchTooSmall,
  vanishingGradient,
  vanishingSignal,
  explodingSignal,
  explodingGradient,
  badInitialLoss,
  learningRateTooHigh,
  learningRateTooLow,
  decayDominates,
  deadRectifiers,
  diverged,
  stalled,
  plateaued,
  overfitting,
  labelNoiseSuspected,
];

const TESTS = RULES.flatMap((rule) => rule.watch.map((test) => ({ rule, test })));

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

/** Root causes first: a finding explains those of a later line that come after it. */
const CAUSES: readonly (readonly RuleId[])[] = [
  TRAINING_DATA,
  ['symmetric-start', 'dead-from-start'],
  ['vanishing-gradient', 'exploding-signal', 'dropout-too-strong'],
  ['vanishing-signal', 'exploding-gradient', 'bad-initial-loss'],
  ['input-not-normalized'],
  ['activation-on-logits', 'bottleneck', 'schedule-never-useful', 'batch-too-small'],
  ['decay-dominates'],
  ['learning-rate-too-high', 'learning-rate-too-low'],
  ['dead-rectifiers'],
  ['diverged', 'stalled', 'plateaued'],
];

/** Lines of `CAUSES` that are about the start of a network: each follows from those above it, before training as well. */
const START = { from: 1, to: 4 };

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
  overfitting: [...TRAINING_DATA, ...VALIDATION_DATA],
  'label-noise-suspected': [...TRAINING_DATA, ...VALIDATION_DATA],
};

/** A finding is over after so many times its rule's persistence without it: then the rule may speak again. */
const RECOVERY_TIMES = 3;

/** A finding that stands. */
interface Standing {
  readonly rule: RuleId;
  /** Step of the finding. */
  readonly step: number;
  /** Judgements in a row by which it was over. */
  readonly over: number;
  /** It is a consequence, of this. */
  readonly cause?: RuleId;
  /** Of a part of the data: it explains only what `EXPLAINED_BY` says. */
  readonly partial?: boolean;
}

/** What the rules have seen and said: plain data, for the checkpoint. */
export interface DiagnosisState {
  readonly history: History;
  /** Judgements in a row that agreed, by test (by its place in the list). */
  readonly agreed: readonly number[];
  /** Findings that stand, in the order in which they were found. */
  readonly standing: readonly Standing[];
}

export const startDiagnosis = (): DiagnosisState => ({
  history: startHistory,
  agreed: TESTS.map(() => 0),
  standing: [],
});

/**
 * The state that a checkpoint holds; a new one where there is none. One of another set of rules keeps its history and what
 * stands, and begins to count anew.
 */
export function restoreDiagnosis(saved: unknown): DiagnosisState {
  if (saved === undefined) return startDiagnosis();
  const { history, agreed = [], standing = [] } = saved as Partial<DiagnosisState>;
  const start = startDiagnosis();
  return {
    history: { ...start.history, ...history },
    agreed: agreed.length === TESTS.length ? agreed : start.agreed,
    standing,
  };
}

type Explaining = readonly Pick<Standing, 'rule' | 'cause' | 'partial'>[];

/** The first of these rules, root causes first, that has a finding: a root, or what a consequence names. */
function firstOf(causes: readonly RuleId[], standing: Explaining): RuleId | undefined {
  const among = (some: Explaining) => causes.map((id) => some.find((one) => one.rule === id)).find((one) => one);
  const root = among(standing.filter(({ cause }) => cause === undefined));
  // What is left of a cause that has ended are its consequences: they still name it.
  return root?.rule ?? among(standing)?.cause;
}

/** The line of `CAUSES` that a rule is in; the first, where it is in none. */
const rankOf = (rule: RuleId): number =>
  Math.max(
    0,
    CAUSES.findIndex((ids) => ids.includes(rule)),
  );

/** Rules of lines of `CAUSES` that may explain another rule. */
const explaining = (rule: RuleId, from: number, to: number): RuleId[] =>
  CAUSES.slice(from, to)
    .flat()
    .filter((id) => id !== rule && id !== 'input-not-normalized');

const ofTheWhole = (standing: Explaining): Explaining => standing.filter(({ partial }) => !partial);

/**
 * The root cause that explains this finding, among earlier ones. Rules are ranked by `CAUSES`; a symptom, whose
 * usual cause was not predicted, is explained by whatever was found before it.
 */
function causeOf(rule: RuleId, { symptom = false }: Diagnosis, standing: Explaining): RuleId | undefined {
  const own = EXPLAINED_BY[rule];
  if (own) return firstOf(own, standing);
  const rank = symptom ? CAUSES.length : rankOf(rule);
  return firstOf(explaining(rule, 0, rank), ofTheWhole(standing));
}

/**
 * The cause of a finding before any training: what an initialisation does is a chain; everything else is written down, and wrong
 * by itself, unless a rule says otherwise.
 */
function causeInFile(rule: RuleId, diagnosis: Diagnosis, found: Explaining): RuleId | undefined {
  if (diagnosis.symptom || EXPLAINED_BY[rule]) return causeOf(rule, diagnosis, found);
  const rank = rankOf(rule);
  const isChained = rank >= START.from && rank < START.to;
  return isChained ? firstOf(explaining(rule, START.from, rank), ofTheWhole(found)) : undefined;
}

/** A finding of a diagnosis. What follows from another has no fix: that of its cause is the one. */
function findingOf(
  { id, detail }: Rule,
  { symptom: _, partial: __, fix, ...said }: Diagnosis,
  { step, cause }: { step: number; cause: RuleId | undefined },
): Finding {
  return { ...said, ...(cause ? { cause } : { fix }), rule: id, step, detail };
}

/** Those of the findings that still stand, and those that have ended with this observation. */
function recover(
  standing: readonly Standing[],
  observation: Observation,
  { history, context }: { history: History; context: RuleContext },
): { standing: Standing[]; recovered: Recovery[] } {
  const kept: Standing[] = [];
  const recovered: Recovery[] = [];
  for (const one of standing) {
    const rule = RULES.find(({ id }) => id === one.rule);
    const recovery = rule?.recovery;
    if (!rule || !recovery || recovery.judges !== observation.kind) {
      kept.push(one);
      continue;
    }
    const over = recovery.isOver(observation, history, context) ? one.over + 1 : 0;
    const needed = RECOVERY_TIMES * Math.max(...rule.watch.map(({ persistence }) => persistence));
    if (over < needed) kept.push({ ...one, over });
    else recovered.push({ rule: one.rule, found: one.step, step: history.step });
  }
  return { standing: kept, recovered };
}

/** What the rules say to one observation. */
export interface Judgement {
  readonly state: DiagnosisState;
  readonly findings: readonly Finding[];
  readonly recovered: readonly Recovery[];
}

/** Tell every rule what happened. A rule speaks once, and again only after its finding has ended; ignored rules stay silent. */
export function diagnose(
  state: DiagnosisState,
  observation: Observation,
  { ignore, ...context }: RuleContext & { ignore: readonly string[] },
): Judgement {
  const history = remember(state.history, observation, context);
  const { standing, recovered } = recover(state.standing, observation, { history, context });
  const ended = new Set(recovered.map(({ rule }) => rule));
  const findings: Finding[] = [];
  const agreed = TESTS.map(({ rule, test }, i) => {
    // A rule whose finding ends now begins to count anew.
    const before = ended.has(rule.id) ? 0 : (state.agreed[i] ?? 0);
    if (test.judges !== observation.kind) return before;
    const diagnosis = test.judge(observation, history, context);
    if (!diagnosis) return 0;
    const spoken = standing.some((one) => one.rule === rule.id);
    if (before + 1 >= test.persistence && !spoken && !ignore.includes(rule.id)) {
      const isStart = observation.kind === 'start';
      const cause = (isStart ? causeInFile : causeOf)(rule.id, diagnosis, standing);
      const step = isStart ? 0 : observation.step;
      findings.push(findingOf(rule, diagnosis, { step, cause }));
      const { partial } = diagnosis;
      standing.push({ rule: rule.id, step, over: 0, ...(cause && { cause }), ...(partial && { partial }) });
    }
    return before + 1;
  });
  return { state: { history, agreed, standing }, findings, recovered };
}

/** What the file, and its data where it could be read, tell before any training. Consequences come after their cause. */
export function checkStatically(context: StaticContext, ignore: readonly string[]): Finding[] {
  const found = RULES.flatMap((rule) => {
    const diagnosis = ignore.includes(rule.id) ? undefined : rule.predict?.(context);
    return diagnosis ? [{ rule, diagnosis }] : [];
  });
  const standing = found.map(({ rule: { id }, diagnosis: { partial } }) => ({ rule: id, ...(partial && { partial }) }));
  return found.map(({ rule, diagnosis }) =>
    findingOf(rule, diagnosis, { step: 0, cause: causeInFile(rule.id, diagnosis, standing) }),
  );
}
