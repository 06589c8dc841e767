/** Every rule, and what is kept of them while a run trains. */
import { activationOnLogits } from './activation-on-logits.ts';
import { augmentationDestroysLabels } from './augmentation-destroys-labels.ts';
import { badInitialLoss } from './bad-initial-loss.ts';
import { batchTooSmall } from './batch-too-small.ts';
import { bottleneck } from './bottleneck.ts';
import { type Earlier, earlierOf, type Place, placeAmong, placeBeforeTraining } from './causes.ts';
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
import { worseThanGuessing } from './worse-than-guessing.ts';

/** Every rule, in the order in which they are asked. A new one is a file and a line here. */
export const RULES: readonly Rule[] = [
  nonFiniteData,
  labelsOutOfRange,
  singleClass,
  colorReadAsGrey,
  constantImages,
  duplicatesAcrossClasses,
  unshuffledExamples,
  augmentationDestroysLabels,
  objectVanishes,
  validationPreparedDifferently,
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
  validationLabelsPermuted,
  worseThanGuessing,
  labelsUnrelated,
  stalled,
  plateaued,
  overfitting,
  labelNoiseSuspected,
];

const TESTS = RULES.flatMap((rule) => rule.watch.map((test) => ({ rule, test })));

/** A finding is over after so many times its rule's persistence without it: then the rule may speak again. */
const RECOVERY_TIMES = 3;

/** A finding that stands. */
interface Standing extends Earlier {
  /** Step of the finding. */
  readonly step: number;
  /** Judgements in a row by which it was over. */
  readonly over: number;
}

/** What the rules have seen and found: plain data, for the checkpoint. */
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
    const needed = (recovery.times ?? RECOVERY_TIMES) * Math.max(...rule.watch.map(({ persistence }) => persistence));
    if (over < needed) kept.push({ ...one, over });
    else recovered.push({ rule: one.rule, found: one.step, step: history.step });
  }
  return { standing: kept, recovered };
}

/** What the rules find in one observation. */
export interface Judgement {
  readonly state: DiagnosisState;
  readonly findings: readonly Finding[];
  readonly recovered: readonly Recovery[];
}

/** Let every rule judge what happened. A rule reports once, and again only after its finding has ended; ignored rules stay silent. */
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
    const reported = standing.some((one) => one.rule === rule.id);
    if (before + 1 >= test.persistence && !reported && !ignore.includes(rule.id)) {
      const isStart = observation.kind === 'start';
      const place = (isStart ? placeBeforeTraining : placeAmong)(rule.id, diagnosis, standing);
      const step = isStart ? 0 : observation.step;
      if (place) {
        findings.push(findingOf(rule, diagnosis, { step, place }));
        standing.push({ ...earlierOf(rule.id, diagnosis), step, over: 0, ...place });
      }
    }
    return before + 1;
  });
  return { state: { history, agreed, standing }, findings, recovered };
}

/** A finding at its place: a consequence has no fix of its own. */
function findingOf(
  { id, detail }: Rule,
  { relation: _, partial: __, consequence, more, fix, ...said }: Diagnosis,
  { step, place }: { step: number; place: NonNullable<Place> },
): Finding {
  const isRoot = place.cause === undefined;
  return {
    ...said,
    ...place,
    ...(isRoot ? fix && { fix } : consequence !== undefined && { message: consequence }),
    rule: id,
    step,
    detail: more ? `${more} ${detail}` : detail,
  };
}

/** What the file, and its data where it could be read, predict before any training. Consequences come after their cause. */
export function checkStatically(context: StaticContext, ignore: readonly string[]): Finding[] {
  const found = RULES.flatMap((rule) => {
    const diagnosis = ignore.includes(rule.id) ? undefined : rule.predict?.(context);
    return diagnosis ? [{ rule, diagnosis }] : [];
  });
  const all = found.map(({ rule: { id }, diagnosis }) => earlierOf(id, diagnosis));
  return found.flatMap(({ rule, diagnosis }) => {
    const place = placeBeforeTraining(rule.id, diagnosis, all);
    return place ? [findingOf(rule, diagnosis, { step: 0, place })] : [];
  });
}
