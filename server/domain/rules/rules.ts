import type { Network } from '../network/network.ts';
import type { Finding, LiveRule, Observation, RuleContext } from './rule.ts';
import { checkVanishingGradient, vanishingGradient } from './vanishing-gradient.ts';

/** Every rule that watches a run. A new one is a file and a line here. */
const LIVE_RULES: readonly LiveRule<unknown>[] = [vanishingGradient as LiveRule<unknown>];

/** Every rule that needs the network alone. */
const STATIC_RULES: readonly ((network: Network) => Finding | undefined)[] = [checkVanishingGradient];

/** The states of all rules, by id: plain data. */
export type DiagnosisState = Readonly<Record<string, unknown>>;

export const startDiagnosis = (context: RuleContext): DiagnosisState =>
  Object.fromEntries(LIVE_RULES.map((rule) => [rule.id, rule.start(context)]));

/** Tell every rule what happened; rules that the user ignores stay silent. */
export function diagnose(
  states: DiagnosisState,
  observation: Observation,
  { ignore, ...context }: RuleContext & { ignore: readonly string[] },
): { states: DiagnosisState; findings: Finding[] } {
  const results = LIVE_RULES.map((rule) => ({
    id: rule.id,
    ...rule.observe(states[rule.id] ?? rule.start(context), observation, context),
  }));
  return {
    states: Object.fromEntries(results.map(({ id, state }) => [id, state])),
    findings: results.flatMap(({ id, finding }) => (finding && !ignore.includes(id) ? [finding] : [])),
  };
}

/** What the network alone tells, before any training. */
export const checkNetwork = (network: Network, ignore: readonly string[]): Finding[] =>
  STATIC_RULES.flatMap((rule) => rule(network) ?? []).filter(({ rule }) => !ignore.includes(rule));
