/** *Look at the Images*: `rectiscope look` on the run file as in the editor; opens the picture. */
import * as vscode from 'vscode';
import type { LookLine } from '../../server/tasks/look-at-images.ts';
import { testFile } from './file-test.ts';

const { t } = vscode.l10n;

/** Shows the images of a run file's first step as its network gets them. */
export async function look(given: unknown): Promise<void> {
  const looked = await testFile<LookLine>(given, {
    placeHolder: t('Run file whose images to look at'),
    title: (path) => t('Reading the images of {0}', path),
    words: () => ['look'],
  });
  if (looked) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(looked.line.picture));
}
