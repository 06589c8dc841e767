/** *Test Learning Rates*: `rectiscope lr` on the run file as in the editor; offers the suggestion as an edit. */
import * as vscode from 'vscode';
import { type RateTestLine, testRatesApart } from '../../server/tasks/rates-apart.ts';
import { toWorkspaceEdit } from '../findings/edits.ts';
import { Refusal } from '../refusal.ts';
import { chooseRunFile, currentText, isOnDisk, revealLine } from '../run-files.ts';
import { engineOf, mayTrain, showMistake } from './train.ts';

const { t } = vscode.l10n;

/** Tests a run file's rates, and offers to write the suggestion. Nothing of the test is kept. */
export async function learningRate(given: unknown): Promise<void> {
  if (!(await mayTrain())) return;
  const file = await chooseRunFile(given, t('Run file whose learning rate to test'));
  if (!file) return;
  if (!isOnDisk(file))
    throw new Refusal(t('{0} is not on this machine’s disk. Save a copy in a local folder to test it.', file.path));
  const tested = await currentText(file);
  if (await showMistake(file, tested)) return;
  const result = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: t('Testing learning rates of {0}', vscode.workspace.asRelativePath(file)),
      cancellable: true,
    },
    (progress, token) => testRates(file, tested, { report: (message) => progress.report({ message }), token }),
  );
  if (result) await offer(file, tested, result);
}

interface Watcher {
  readonly report: (message: string) => void;
  readonly token: vscode.CancellationToken;
}

/** Runs the command; undefined if the user has cancelled it. */
async function testRates(
  file: vscode.Uri,
  tested: string,
  { report, token }: Watcher,
): Promise<RateTestLine | undefined> {
  const { backend, device } = engineOf(file);
  const cancelled = new AbortController();
  const cancelling = token.onCancellationRequested(() => cancelled.abort());
  const end = await testRatesApart([file.fsPath, '--stdin', '--backend', backend, '--device', device], {
    input: tested,
    signal: cancelled.signal,
    progress: report,
  });
  cancelling.dispose();
  if (token.isCancellationRequested) return undefined;
  if (end.test) return end.test;
  const { code, output } = end;
  if (code === 2) throw new Refusal(output.split('\n').at(-1) ?? '');
  throw new Error(t('The test of learning rates ended with code {0}: {1}', String(code), output));
}

async function offer(
  file: vscode.Uri,
  tested: string,
  { suggestion, reason, findings, fix }: RateTestLine,
): Promise<void> {
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
  if ((await currentText(file)) !== tested)
    throw new Refusal(
      t('{0} has changed since its rates were tested: repeat the test.', vscode.workspace.asRelativePath(file)),
    );
  await revealLine(file, fix.edits[0]?.line ?? 1);
  if (!(await vscode.workspace.applyEdit(toWorkspaceEdit(file, fix.edits))))
    throw new Error(t('{0} could not be changed.', vscode.workspace.asRelativePath(file)));
}
