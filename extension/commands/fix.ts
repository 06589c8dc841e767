/** *Fix*: `rectiscope fix` on the run file as in the editor, so that one undo reverts it. */
import * as vscode from 'vscode';
import { fixText } from '../../server/run-file/fix.ts';
import { checkOptionsOf, chooseRunFile, currentText, revealLine } from '../run-files.ts';
import { showMistake } from './train.ts';

const { t } = vscode.l10n;

/** Applies the fixes of all findings predicted for a run file, or reports that there are none. */
export async function fix(given: unknown): Promise<void> {
  const file = await chooseRunFile(given, t('Run file to fix'));
  if (!file) return;
  const before = await currentText(file);
  if (await showMistake(file, before)) return;
  const { text, fixes } = fixText(before, checkOptionsOf(file));
  if (fixes.length === 0) {
    await vscode.window.showInformationMessage(t('{0}: nothing to fix.', vscode.workspace.asRelativePath(file)));
    return;
  }
  const { start, end, replacement } = difference(before, text);
  const document = await vscode.workspace.openTextDocument(file);
  const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
  await revealLine(file, range.start.line + 1);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(file, range, replacement);
  if (!(await vscode.workspace.applyEdit(edit)))
    throw new Error(t('{0} could not be changed.', vscode.workspace.asRelativePath(file)));
  vscode.window.setStatusBarMessage(fixes.map(({ title }) => title).join('; '), 8000);
}

/** The single range in which two texts differ, as offsets in the first, and its text in the second. */
function difference(before: string, after: string): { start: number; end: number; replacement: string } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let back = 0;
  while (back < shorter - start && before.at(-1 - back) === after.at(-1 - back)) back++;
  return { start, end: before.length - back, replacement: after.slice(start, after.length - back) };
}
