/** *Test Learning Rates*: `rectiscope lr` on the run file as in the editor; offers the suggestion as an edit. */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import * as vscode from 'vscode';
import type { FileEdit } from '../../server/protocol/events.ts';
import { spawnCommand } from '../../server/system/processes.ts';
import { toWorkspaceEdit } from '../findings/edits.ts';
import { Refusal } from '../refusal.ts';
import { chooseRunFile, currentText, isOnDisk, revealLine } from '../run-files.ts';
import { engineOf, mayTrain, showMistake } from './train.ts';

const { t } = vscode.l10n;

/** What this command reads from the line that `lr --json` prints. */
interface RangeTest {
  readonly suggestion: number | null;
  readonly reason: string;
  readonly findings: readonly { readonly line: number; readonly message: string }[];
  readonly fix?: { readonly title: string; readonly edits: readonly FileEdit[] };
}

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
async function testRates(file: vscode.Uri, tested: string, { report, token }: Watcher): Promise<RangeTest | undefined> {
  const { backend, device } = engineOf(file);
  const words = ['lr', file.fsPath, '--stdin', '--json', '--backend', backend, '--device', device];
  const child = spawnCommand(words);
  const cancelling = token.onCancellationRequested(() => child.kill());
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    output += part;
    const step = /step \d+ of at most \d+/.exec(part)?.[0];
    if (step !== undefined) report(step);
  });
  // A command that refuses at once closes its input early: its exit code reports it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(tested);
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [printed, [code]] = await Promise.all([text(child.stdout), closed]);
  cancelling.dispose();
  if (token.isCancellationRequested) return undefined;
  // 3: no rate helps.
  if (code === 0 || code === 3) return JSON.parse(printed) as RangeTest;
  const last = output.trim().split('\n').at(-1) ?? '';
  if (code === 2) throw new Refusal(last);
  throw new Error(t('The test of learning rates ended with code {0}: {1}', String(code), output.trim()));
}

async function offer(
  file: vscode.Uri,
  tested: string,
  { suggestion, reason, findings, fix }: RangeTest,
): Promise<void> {
  const [cause] = findings;
  if (suggestion === null) {
    const show = t('Show Line');
    const words = cause ? `${reason} ${cause.message}` : reason;
    const answer = await vscode.window.showWarningMessage(words, ...(cause ? [show] : []));
    if (answer === show && cause) await revealLine(file, cause.line);
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
