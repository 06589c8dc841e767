/** A command of the command line on a run file as in the editor, with a notification that shows how far it is. */
import * as vscode from 'vscode';
import { runJsonCommand } from '../../server/tasks/json-command.ts';
import { Refusal } from '../refusal.ts';
import { chooseRunFile, currentText, isOnDisk } from '../run-files.ts';
import { mayTrain, showMistake } from './train.ts';

const { t } = vscode.l10n;

interface FileTest {
  /** Asks for a run file where none is given or active. */
  readonly placeHolder: string;
  /** Title of the notification, from the file's path. */
  readonly title: (path: string) => string;
  /** The command with its options; the file and `--stdin` follow. */
  readonly words: (file: vscode.Uri) => readonly string[];
}

/** What was tested, and the answer. */
export interface TestedFile<Line> {
  readonly file: vscode.Uri;
  readonly text: string;
  readonly line: Line;
}

/** Run a command on a file; undefined if there is none, it has mistakes, or the user has cancelled it. */
export async function testFile<Line>(
  given: unknown,
  { placeHolder, title, words }: FileTest,
): Promise<TestedFile<Line> | undefined> {
  if (!(await mayTrain())) return undefined;
  const file = await chooseRunFile(given, placeHolder);
  if (!file) return undefined;
  if (!isOnDisk(file))
    throw new Refusal(t('{0} is not on this machine’s disk. Save a copy in a local folder to test it.', file.path));
  const text = await currentText(file);
  if (await showMistake(file, text)) return undefined;
  const line = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: title(vscode.workspace.asRelativePath(file)),
      cancellable: true,
    },
    async (progress, token): Promise<Line | undefined> => {
      const [command = '', ...options] = words(file);
      const cancelled = new AbortController();
      const cancelling = token.onCancellationRequested(() => cancelled.abort());
      const end = await runJsonCommand<Line>([command, file.fsPath, '--stdin', ...options], {
        input: text,
        signal: cancelled.signal,
        progress: (message) => progress.report({ message }),
      });
      cancelling.dispose();
      if (token.isCancellationRequested) return undefined;
      if (!('code' in end)) return end.line;
      const { code, said } = end;
      if (code === 2) throw new Refusal(said.split('\n').at(-1) ?? '');
      throw new Error(t('`rectiscope {0}` ended with code {1}: {2}', command, String(code), said));
    },
  );
  return line === undefined ? undefined : { file, text, line };
}
