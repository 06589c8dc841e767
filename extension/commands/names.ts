/** Names of all commands, without the prefix `rectiscope.`: what `commands.ts` registers and the manifest contributes. */
export const COMMANDS = [
  'train',
  'stop',
  'resume',
  'remove',
  'compare',
  'openPanel',
  'newRunFile',
  'check',
  'revealRunFile',
  'applyFix',
  'fix',
  'export',
  'prove',
  'learningRate',
  'openExamples',
  'trainExamples',
  'installRuntime',
  'reconnect',
  'showLog',
] as const;
export type CommandName = (typeof COMMANDS)[number];
