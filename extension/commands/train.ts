/** *Train*: the run file as in the editor, including unsaved changes. */
import * as vscode from 'vscode';
import { type RunSummary, Train, type TrainParams } from '../../server/protocol/requests.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { Refusal } from '../refusal.ts';
import { checkOptionsOf, chooseRunFile, currentText, isOnDisk, revealLine } from '../run-files.ts';
import type { CommandContext } from './context.ts';

const { t } = vscode.l10n;

/** Asks for a run file if none is given or active, and trains it; returns the run, or undefined if none was started. */
export async function train(context: CommandContext, given: unknown): Promise<RunSummary | undefined> {
  if (!(await mayTrain())) return undefined;
  const file = await chooseRunFile(given, t('Run file to train'));
  return file && trainFile(context, file);
}

/** Trains a run file; if it has mistakes, goes to the first one instead. */
export async function trainFile(context: CommandContext, file: vscode.Uri): Promise<RunSummary | undefined> {
  if (!isOnDisk(file))
    throw new Refusal(t('{0} is not on this machine’s disk. Save a copy in a local folder to train it.', file.path));
  const text = await currentText(file);
  if (await showMistake(file, text)) return undefined;
  const settings = vscode.workspace.getConfiguration('rectiscope', file);
  const run = await context.stores.of(file).request(Train, {
    file: file.fsPath,
    text,
    overrides: [],
    ...engineOf(file),
  });
  await context.messages.expect(run.run);
  if (settings.get('openPanelOnTrain', true)) context.panel.follow(run.run);
  return run;
}

/** The backend and device that the user's settings choose. */
export function engineOf(file: vscode.Uri): Pick<TrainParams, 'backend' | 'device'> {
  const settings = vscode.workspace.getConfiguration('rectiscope', file);
  return { backend: settings.get('backend', 'auto'), device: settings.get('device', 'auto') };
}

/** The same as options of a command. */
export function engineWords(file: vscode.Uri): string[] {
  const { backend, device } = engineOf(file);
  return ['--backend', backend, '--device', device];
}

/** Training executes the workspace's files on this machine: only if the user trusts it. */
export async function mayTrain(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = t('Manage Workspace Trust');
  const answer = await vscode.window.showWarningMessage(
    t('Rectiscope trains only in a trusted workspace. Run files are checked here too.'),
    manage,
  );
  if (answer === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return false;
}

/** Goes to the first mistake of a run file and shows it; false if there is none. */
export async function showMistake(file: vscode.Uri, text: string): Promise<boolean> {
  const { mistakes } = readRunFile(text, checkOptionsOf(file));
  const [first] = mistakes;
  if (!first) return false;
  await revealLine(file, first.range.line);
  const place = t('{0}, line {1}: {2}', vscode.workspace.asRelativePath(file), first.range.line, first.message);
  const more = mistakes.length === 1 ? '' : ` ${t('The file has {0} mistakes in total.', mistakes.length)}`;
  const problems = t('Show Problems');
  const showProblems = () => vscode.commands.executeCommand('workbench.actions.view.problems');
  // Not awaited: the command is done while the message is still visible.
  void vscode.window.showErrorMessage(place + more, problems).then((answer) => answer && showProblems());
  return true;
}
