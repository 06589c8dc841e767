import type { SurveyedData } from '../survey/survey.ts';
import type { Diagnosis, LiveTest, Rule, RuleNotes } from './rule.ts';

interface SurveyRule extends Pick<Rule, 'id' | 'detail'> {
  readonly notes: Omit<RuleNotes, 'end'>;
  readonly judge: (data: SurveyedData) => Diagnosis | undefined;
}

/** Judges the images as a run starts. */
export const atStart = (judge: SurveyRule['judge']): LiveTest => ({
  judges: 'start',
  persistence: 1,
  judge: (_observation, _history, { data }) => data && judge(data),
});

/** A rule that judges the images themselves: before training where they can be read, and at the start of a run alike. */
export const surveyRule = ({ judge, notes, ...rule }: SurveyRule): Rule => ({
  ...rule,
  notes: { ...notes, end: 'Never: the images do not change in a run.' },
  predict: ({ data }) => data && judge(data),
  watch: [atStart(judge)],
});

/** A share as a message shows it, in whole per cent; no all and no nothing that is not. */
export function wholePercent(share: number): number {
  const rounded = Math.round(100 * share);
  if (rounded === 100 && share < 1) return 99;
  return rounded === 0 && share > 0 ? 1 : rounded;
}
