/** What each command does. */
import { note, rename, star } from './annotate.ts';
import { applyFix } from './apply-fix.ts';
import { check } from './check.ts';
import { compare } from './compare.ts';
import type { CommandContext } from './context.ts';
import { exportRun } from './export.ts';
import { openExamples, trainExamples } from './first-look.ts';
import { fix } from './fix.ts';
import { installRuntime } from './install-runtime.ts';
import { learningRate } from './learning-rate.ts';
import { look } from './look.ts';
import type { CommandName } from './names.ts';
import { newRunFile } from './new-run-file.ts';
import { overfit } from './overfit.ts';
import { prove } from './prove.ts';
import type { CommandHandler } from './register.ts';
import { revealRunFile } from './reveal.ts';
import { remove, resume, stop } from './run-state.ts';
import { train } from './train.ts';

export const commandsOf = (context: CommandContext): Record<CommandName, CommandHandler> => ({
  train: (file) => train(context, file),
  stop: (run) => stop(context, run),
  resume: (run) => resume(context, run),
  remove: (run) => remove(context, run),
  rename: (run) => rename(context, run),
  note: (run) => note(context, run),
  star: (...words) => star(context, true, words),
  unstar: (...words) => star(context, false, words),
  compare: (clicked, selected) => compare(context, clicked, selected),
  openPanel: async (run) =>
    context.panel.open({ ...(typeof run === 'string' && { runs: [run] }), preserveFocus: false }),
  newRunFile: (folder) => newRunFile(folder),
  check: (file) => check(file),
  revealRunFile: (run, place) => revealRunFile(context, run, place),
  applyFix: (run, rule) => applyFix(context, run, rule),
  fix: (file) => fix(file),
  export: (run) => exportRun(context, run),
  prove: (subject, rule) => prove(context, subject, rule),
  learningRate: (file) => learningRate(file),
  overfit: (file) => overfit(file),
  look: (file) => look(file),
  openExamples: () => openExamples(context),
  trainExamples: () => trainExamples(context),
  installRuntime: () => installRuntime(context),
  reconnect: () => context.stores.reconnect(),
  showLog: async () => context.log.show(),
});
