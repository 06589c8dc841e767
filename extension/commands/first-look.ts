/** The first use: the example pair, one network that stalls and one that learns. */
import * as vscode from 'vscode';
import { Refusal } from '../refusal.ts';
import type { CommandContext } from './context.ts';
import { trainFile } from './train.ts';

const { t } = vscode.l10n;
const EXAMPLES = ['xavier-30.rectiscope.yaml', 'he-30.rectiscope.yaml'];

/** Copies the examples to where the user may change them, and opens both; returns their URIs. */
export async function openExamples({ extensionUri, storageUri }: CommandContext): Promise<vscode.Uri[]> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri ?? storageUri;
  await vscode.workspace.fs.createDirectory(folder);
  const files = await Promise.all(
    EXAMPLES.map((name) => ownCopy(vscode.Uri.joinPath(extensionUri, 'examples', name), folder)),
  );
  for (const file of files.toReversed()) {
    await vscode.window.showTextDocument(file, { preview: false, viewColumn: vscode.ViewColumn.One });
  }
  return files;
}

/** A copy of an example in `folder`, or in its folder `examples`; the user's changes are kept. */
async function ownCopy(example: vscode.Uri, folder: vscode.Uri): Promise<vscode.Uri> {
  const name = example.path.split('/').at(-1) ?? '';
  const places = [vscode.Uri.joinPath(folder, 'examples', name), vscode.Uri.joinPath(folder, name)];
  for (const place of places) if (await isThere(place)) return place;
  const copy = vscode.Uri.joinPath(folder, name);
  await vscode.workspace.fs.copy(example, copy, { overwrite: false });
  return copy;
}

const isThere = (file: vscode.Uri): Thenable<boolean> =>
  vscode.workspace.fs.stat(file).then(
    () => true,
    () => false,
  );

/** Trains both examples and opens the panel on them. */
export async function trainExamples(context: CommandContext): Promise<void> {
  if (!vscode.workspace.isTrusted) throw new Refusal(t('Rectiscope trains only in a trusted workspace.'));
  const files = await openExamples(context);
  const runs: string[] = [];
  for (const file of files) {
    const run = await trainFile(context, file);
    if (run) runs.push(run.run);
  }
  if (runs.length > 0) context.panel.open({ runs, preserveFocus: true });
}
