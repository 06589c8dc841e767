/** *Test: Can It Overfit Two Batches?*: `rectiscope overfit` on the run file as in the editor. */
import * as vscode from 'vscode';
import type { OverfitLine } from '../../server/tasks/test-lines.ts';
import { revealLine } from '../run-files.ts';
import { testFile } from './file-test.ts';
import { engineWords } from './train.ts';

const { t } = vscode.l10n;

/** Tests whether a copy learns two batches by heart, and shows the verdict with the first cause. Nothing of the test is kept. */
export async function overfit(given: unknown): Promise<void> {
  const tested = await testFile<OverfitLine>(given, {
    placeHolder: t('Run file to test on two batches'),
    title: (path) => t('Training {0} on two batches', path),
    words: (file) => ['overfit', ...engineWords(file)],
  });
  if (!tested) return;
  const { learns, verdict, findings } = tested.line;
  if (learns) {
    await vscode.window.showInformationMessage(verdict);
    return;
  }
  const [cause] = findings;
  const show = t('Show Line');
  const words = cause ? `${verdict} ${cause.message}` : verdict;
  const answer = await vscode.window.showWarningMessage(words, ...(cause?.line ? [show] : []));
  if (answer === show && cause?.line) await revealLine(tested.file, cause.line);
}
