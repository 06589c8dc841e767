/** Every rule that may report a finding; a run file's `diagnose.ignore` names them. Ids are a contract with users' scripts. */
export const ruleIds = [
  'vanishing-signal',
  'exploding-signal',
  'vanishing-gradient',
  'exploding-gradient',
  'decay-dominates',
  'dead-rectifiers',
  'stalled',
  'plateaued',
  'diverged',
  'learning-rate-too-high',
  'learning-rate-too-low',
  'overfitting',
  'bad-initial-loss',
  'input-not-normalized',
  'class-imbalance',
  'label-noise-suspected',
  'worse-than-guessing',
  'validation-labels-permuted',
  'labels-unrelated',
] as const;

export type RuleId = (typeof ruleIds)[number];
