import { badInitialLoss, badInitialLossStatic } from './bad-initial-loss.ts';
import { diverged, plateaued, stalled } from './course.ts';
import { classImbalance, inputNotNormalized } from './data-rules.ts';
import { deadRectifiers } from './dead-rectifiers.ts';
import { decayDominates, decayDominatesStatic } from './decay-dominates.ts';
import { explodingGradient, explodingGradientStatic, explodingSignal, explodingSignalStatic } from './exploding.ts';
import { labelNoise, overfitting } from './generalization.ts';
import { type History, remember, startHistory } from './history.ts';
import {
  rateTooHighByLoss,
  rateTooHighByOverflow,
  rateTooHighByUpdates,
  rateTooHighStatic,
  rateTooLow,
  rateTooLowStatic,
} from './learning-rate.ts';
import type { Observation, RuleContext } from './observation.ts';
import type { Diagnosis, Finding, LiveRule, StaticContext, StaticRule } from './rule.ts';
import type { RuleId } from './rule-ids.ts';
import { vanishingGradient, vanishingGradientStatic } from './vanishing-gradient.ts';
import { vanishingSignal, vanishingSignalStatic } from './vanishing-signal.ts';

/** Every rule that watches a run. A new one is a file and a line here. */
const LIVE_RULES: readonly LiveRule[] = [
  inputNotNormalized,
  classImbalance,
  vanishingGradient,
  vanishingSignal,
  explodingSignal,
  explodingGradient,
  badInitialLoss,
  rateTooHighByUpdates,
  rateTooHighByLoss,
  rateTooHighByOverflow,
  rateTooLow,
  decayDominates,
  deadRectifiers,
  diverged,
  stalled,
  plateaued,
  overfitting,
  labelNoise,
];

/** Every rule that needs the file alone. */
const STATIC_RULES: readonly StaticRule[] = [
  vanishingGradientStatic,
  vanishingSignalStatic,
  explodingSignalStatic,
  explodingGradientStatic,
  badInitialLossStatic,
  rateTooHighStatic,
  rateTooLowStatic,
  decayDominatesStatic,
];

/** Root causes first: a finding explains those of a later line that come after it. */
const CAUSES: readonly (readonly RuleId[])[] = [
  ['vanishing-gradient', 'exploding-signal'],
  ['vanishing-signal', 'exploding-gradient', 'bad-initial-loss'],
  ['input-not-normalized'],
  ['learning-rate-too-high', 'learning-rate-too-low'],
  ['decay-dominates'],
  ['dead-rectifiers'],
  ['diverged', 'stalled', 'plateaued'],
];

/** What the rules have seen and said: plain data, for the checkpoint. */
export interface DiagnosisState {
  readonly history: History;
  /** Judgements in a row that agreed, by rule (by its place in the list: two rules may share an id). */
  readonly agreed: readonly number[];
  /** Rules that have spoken, in order. */
  readonly spoken: readonly RuleId[];
}

export const startDiagnosis = (): DiagnosisState => ({
  history: startHistory,
  agreed: LIVE_RULES.map(() => 0),
  spoken: [],
});

/**
 * The earlier finding that explains this one. Rules are ranked by `CAUSES`; a symptom, whose usual cause was not predicted, is
 * explained by whatever was found before it.
 */
function causeOf(rule: RuleId, { symptom = false }: Diagnosis, spoken: readonly RuleId[]): RuleId | undefined {
  const rank = symptom
    ? CAUSES.length
    : Math.max(
        0,
        CAUSES.findIndex((ids) => ids.includes(rule)),
      );
  const causes = CAUSES.slice(0, rank).flat();
  return causes.find((id) => spoken.includes(id) && id !== rule && id !== 'input-not-normalized');
}

/** Tell every rule what happened. A rule speaks once a run; rules that the user ignores stay silent. */
export function diagnose(
  state: DiagnosisState,
  observation: Observation,
  { ignore, ...context }: RuleContext & { ignore: readonly string[] },
): { state: DiagnosisState; findings: Finding[] } {
  const history = remember(state.history, observation, context);
  const findings: Finding[] = [];
  const spoken = [...state.spoken];
  const agreed = LIVE_RULES.map((rule, i) => {
    const before = state.agreed[i] ?? 0;
    if (rule.judges !== observation.kind) return before;
    const diagnosis = rule.judge(observation, history, context);
    if (!diagnosis) return 0;
    if (before + 1 >= rule.persistence && !spoken.includes(rule.id) && !ignore.includes(rule.id)) {
      const cause = causeOf(rule.id, diagnosis, spoken);
      const step = observation.kind === 'start' ? 0 : observation.step;
      const { symptom: _, ...said } = diagnosis;
      findings.push({ ...said, rule: rule.id, step, ...(cause && { cause }) });
      spoken.push(rule.id);
    }
    return before + 1;
  });
  return { state: { history, agreed, spoken }, findings };
}

/** What the file alone tells, before any training. */
export const checkStatically = (context: StaticContext, ignore: readonly string[]): Finding[] =>
  STATIC_RULES.flatMap(({ id, check }) => {
    const diagnosis = ignore.includes(id) ? undefined : check(context);
    return diagnosis ? [{ ...diagnosis, rule: id, step: 0 }] : [];
  });
