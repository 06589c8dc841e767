/** Which finding explains which. */
import type { Diagnosis } from './rule.ts';
import type { RuleId } from './rule-ids.ts';

/** Root causes first: a finding explains those of a later line that come after it. */
const CAUSES: readonly (readonly RuleId[])[] = [
  ['vanishing-gradient', 'exploding-signal'],
  ['input-not-normalized'],
  ['vanishing-signal', 'exploding-gradient', 'bad-initial-loss'],
  ['decay-dominates'],
  ['learning-rate-too-high', 'learning-rate-too-low'],
  ['dead-rectifiers'],
  ['labels-unrelated'],
  ['diverged'],
  ['stalled', 'plateaued'],
];

/** What becomes of a run: it explains nothing. */
const OUTCOMES: readonly RuleId[] = CAUSES.at(-1) ?? [];

/** Consequences of a wrong initialisation are a chain: before training, too, the later follows from the earlier. */
const CHAINED: readonly RuleId[] = CAUSES[2] ?? [];

/** What is known of an earlier finding. */
export interface Earlier {
  readonly rule: RuleId;
  /** It is a consequence, of this. */
  readonly cause?: RuleId;
  /** Information: it explains nothing. */
  readonly minor?: true;
}

/** Where a diagnosis stands among earlier findings: beneath a cause, or at the root; undefined where it is not reported. */
export type Place = { readonly cause?: RuleId } | undefined;

/**
 * The root cause that explains this finding, among earlier ones. Rules are ranked by `CAUSES`; a symptom is explained by whatever was
 * found before it.
 */
function causeOf(rule: RuleId, isSymptom: boolean, earlier: readonly Earlier[]): RuleId | undefined {
  const rank = isSymptom ? CAUSES.length : CAUSES.findIndex((ids) => ids.includes(rule));
  const causes = CAUSES.slice(0, Math.max(0, rank))
    .flat()
    .filter((id) => id !== rule && !OUTCOMES.includes(id));
  const weighty = earlier.filter(({ minor }) => !minor);
  const among = (some: readonly Earlier[]) =>
    causes.map((id) => some.find((one) => one.rule === id)).find((one) => one !== undefined);
  const root = among(weighty.filter(({ cause }) => cause === undefined));
  // What is left of a cause that has ended are its consequences: they still name it.
  return root?.rule ?? among(weighty)?.cause;
}

/** The place of a diagnosis among what was found before it. */
export function placeAmong(rule: RuleId, { relation }: Diagnosis, earlier: readonly Earlier[]): Place {
  const isExplained = earlier.some(({ rule: id, cause, minor }) => !minor && !cause && isCause(id) && id !== rule);
  if (relation === 'only-root') return isExplained ? undefined : {};
  const cause = causeOf(rule, relation !== undefined, earlier);
  if (cause === undefined && relation === 'only-symptom') return undefined;
  return cause === undefined ? {} : { cause };
}

const isCause = (id: RuleId): boolean => CAUSES.some((ids) => ids.includes(id)) && !OUTCOMES.includes(id);

/**
 * The place of what a file predicts among all that it predicts. Rate and decay are written down, and wrong by themselves, unless their
 * rule calls them a symptom.
 */
export const placeBeforeTraining = (rule: RuleId, diagnosis: Diagnosis, others: readonly Earlier[]): Place =>
  diagnosis.relation !== undefined || CHAINED.includes(rule) ? placeAmong(rule, diagnosis, others) : {};
