/**
 * The rules beside a run: from the state so far and an event to their findings. Pure, and separate from the training
 * loop: any source of a run's events, also of a run that trains elsewhere, is judged by the same rules.
 */
import type { DiagnoseConfig } from '../domain/config.ts';
import type { RuleContext } from '../domain/rules/observation.ts';
import type { Finding } from '../domain/rules/rule.ts';
import type { RuleId } from '../domain/rules/rule-ids.ts';
import { type DiagnosisState, diagnose, restoreDiagnosis } from '../domain/rules/rules.ts';
import type { FindingEvent, RecoveredEvent, RunEvent, RunState } from '../protocol/events.ts';
import { describeFinding } from '../run-file/findings.ts';
import type { Positions } from '../run-file/positions.ts';
import { observationOf } from './observations.ts';

/** The state of the rules for a run: plain data, for its checkpoint. */
export interface WatchState {
  readonly rules: DiagnosisState;
  /** The finding that ends the run; the first of those that do. */
  readonly stopping?: Pick<Finding, 'rule' | 'message'>;
}

/** What the rules need to know about a run; constant while it trains. */
export interface WatchedRun extends Pick<DiagnoseConfig, 'ignore' | 'stopOn'> {
  readonly run: string;
  readonly context: RuleContext;
  /** Of its run file; a run that trains elsewhere may have none. */
  readonly positions: Positions | undefined;
}

/**
 * The state that a checkpoint holds, a new one if there is none. `goesOn`: the user resumed a run that a rule had ended, so
 * that finding does not stop it again. Otherwise a trainer that was killed before it could report the end reports it now.
 */
export function restoreWatch(
  { rules, stopping }: { readonly rules?: unknown; readonly stopping?: WatchState['stopping'] } = {},
  { goesOn = false }: { goesOn?: boolean } = {},
): WatchState {
  return { rules: restoreDiagnosis(rules), ...(stopping && !goesOn && { stopping }) };
}

/** What became of a run that has come to its end: it diverged or never learnt where such a finding still stands. */
export function outcomeOf({ rules: { standing } }: WatchState): Extract<RunState, 'finished' | 'stalled' | 'diverged'> {
  const stands = (id: RuleId) => standing.some(({ rule }) => rule === id);
  return stands('diverged') ? 'diverged' : stands('stalled') ? 'stalled' : 'finished';
}

/** Judge one event: findings that ended first, then new ones. An event that no rule judges leaves the state as it is. */
export function watch(
  state: WatchState,
  event: RunEvent,
  { run, context, ignore, stopOn, positions }: WatchedRun,
): { readonly state: WatchState; readonly events: readonly (RecoveredEvent | FindingEvent)[] } {
  const observation = observationOf(event);
  if (!observation) return { state, events: [] };
  const { state: rules, findings, recovered } = diagnose(state.rules, observation, { ...context, ignore });
  const stopping = state.stopping ?? findings.find(({ rule }) => stopOn.includes(rule));
  return {
    state: { rules, ...(stopping && { stopping: { rule: stopping.rule, message: stopping.message } }) },
    events: [
      ...recovered.map((recovery): RecoveredEvent => ({ event: 'recovered', run, ...recovery })),
      ...findings.map((finding): FindingEvent => ({ event: 'finding', run, ...describeFinding(finding, positions) })),
    ],
  };
}
