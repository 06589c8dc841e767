/** *Rename*, *Note*, *Star*: what a user adds to a run, as `rectiscope rename`, `note` and `star` do. */
import * as vscode from 'vscode';
import { labelProblem } from '../../server/protocol/label.ts';
import { Annotate, type RunSummary } from '../../server/protocol/requests.ts';
import type { CommandContext } from './context.ts';
import { pickRun } from './pick-run.ts';

const { t } = vscode.l10n;

/** Renames a run; the run file is not changed. */
export async function rename({ stores }: CommandContext, given: unknown): Promise<void> {
  const run = await pickRun(stores, given, { placeHolder: t('Run to rename'), none: t('There are no runs yet.') });
  if (!run) return;
  const name = await vscode.window.showInputBox({
    title: t('Rename {0}', run.name),
    prompt: t('Name of the run; the run file is not changed.'),
    value: run.name,
    validateInput: (text) => {
      const problem = labelProblem(text);
      return problem === undefined ? undefined : t('The name of a run has 1 to 200 characters, without line breaks.');
    },
  });
  if (name === undefined || name.trim() === run.name) return;
  await stores.request(run.run, Annotate, { run: run.run, name: name.trim() });
}

/** An input box has one line: line breaks of a note are shown and read as `\n`. */
const onOneLine = (note: string): string => note.replaceAll(/\r?\n/g, '\\n');
const onItsLines = (text: string): string => text.replaceAll('\\n', '\n');

/** Writes a note on a run, replacing the previous one; an empty one removes it. */
export async function note({ stores }: CommandContext, given: unknown): Promise<void> {
  const run = await pickRun(stores, given, {
    placeHolder: t('Run to write a note on'),
    none: t('There are no runs yet.'),
  });
  if (!run) return;
  const before = onOneLine(run.note);
  const text = await vscode.window.showInputBox({
    title: t('Note on {0}', run.name),
    prompt: t('Shown with the run. Leave empty to remove the note; \\n starts a new line.'),
    value: before,
    // The cursor goes to the end: most notes are extended.
    valueSelection: [before.length, before.length],
  });
  if (text === undefined || text === before) return;
  await stores.request(run.run, Annotate, { run: run.run, note: onItsLines(text) });
}

/** Stars or unstars runs: those selected in the tree (all selected ids are the second argument), or one. */
export async function star(
  { stores }: CommandContext,
  starred: boolean,
  [given, selected]: readonly unknown[],
): Promise<void> {
  const fits = (run: RunSummary): boolean => run.starred !== starred;
  const ids = Array.isArray(selected) ? selected : [];
  const chosen = stores.runs.filter((run) => ids.includes(run.run));
  const placeHolder = starred ? t('Run to star') : t('Run to unstar');
  const none = starred ? t('All runs are starred.') : t('No run is starred.');
  const one = chosen.length > 0 ? undefined : await pickRun(stores, given, { placeHolder, none, fits });
  for (const run of one ? [one] : chosen.filter(fits))
    await stores.request(run.run, Annotate, { run: run.run, starred });
}
