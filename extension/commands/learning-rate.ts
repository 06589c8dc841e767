/** *Test Learning Rates*: `rectiscope lr` on the run file as in the editor; offers the suggestion as an edit. */
import * as vscode from 'vscode';
import type { RateTestLine } from '../../server/tasks/test-lines.ts';
import { toWorkspaceEdit } from '../findings/edits.ts';
import { Refusal } from '../refusal.ts';
import { currentText, revealLine } from '../run-files.ts';
import { type TestedFile, testFile } from './file-test.ts';
import { engineWords } from './train.ts';

const { t } = vscode.l10n;

/** Tests a run file's rates, and offers to write the suggestion. Nothing of the test is kept. */
export async function learningRate(given: unknown): Promise<void> {
  const tested = await testFile<RateTestLine>(given, {
    placeHolder: t('Run file whose learning rate to test'),
    title: (path) => t('Testing learning rates of {0}', path),
    words: (file) => ['lr', ...engineWords(file)],
  });
  if (tested) await offer(tested);
}

async function offer({ file, text, line }: TestedFile<RateTestLine>): Promise<void> {
  const { suggestion, reason, findings, fix } = line;
  const [cause] = findings;
  if (suggestion === null) {
    const show = t('Show Line');
    const words = cause ? `${reason} ${cause.message}` : reason;
    const answer = await vscode.window.showWarningMessage(words, ...(cause?.line ? [show] : []));
    if (answer === show && cause?.line) await revealLine(file, cause.line);
    return;
  }
  if (!fix) {
    await vscode.window.showInformationMessage(t('The file already has the suggested rate. {0}', reason));
    return;
  }
  const answer = await vscode.window.showInformationMessage(reason, fix.title);
  if (answer !== fix.title) return;
  if ((await currentText(file)) !== text)
    throw new Refusal(
      t('{0} has changed since its rates were tested: repeat the test.', vscode.workspace.asRelativePath(file)),
    );
  await revealLine(file, fix.edits[0]?.line ?? 1);
  if (!(await vscode.workspace.applyEdit(toWorkspaceEdit(file, fix.edits))))
    throw new Error(t('{0} could not be changed.', vscode.workspace.asRelativePath(file)));
}
