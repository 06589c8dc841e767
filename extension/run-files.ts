/** Recognises run files, chooses the one a command is about, and reads its text as the user sees it. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { WeightOutlines } from '../server/formats/weight-file.ts';

/** Run files of any file system; check `isOnDisk` where a disk is needed. */
export const RUN_FILE_PATTERN = '**/*.rectiscope.yaml';
export const RUN_FILE_SELECTOR = { language: 'yaml', pattern: RUN_FILE_PATTERN };

/** Folders that contain no run files of the user. */
const NOT_SEARCHED = '**/{node_modules,.rectiscope,.git}/**';

export const isRunFile = (uri: vscode.Uri): boolean => uri.path.endsWith('.rectiscope.yaml');

/** Whether the training server can see the file: it reads data relative to it. */
export const isOnDisk = (uri: vscode.Uri): boolean => uri.scheme === 'file';

/** The run file of the editor that has, or last had, the focus. */
export function activeRunFile(): vscode.Uri | undefined {
  const editors = [vscode.window.activeTextEditor, ...vscode.window.visibleTextEditors];
  return editors.find((editor) => editor && isRunFile(editor.document.uri))?.document.uri;
}

/** The run file that a command is about: the given one (a code lens gives its address as text), the active one, or one that the user picks. */
export async function chooseRunFile(given: unknown, placeHolder: string): Promise<vscode.Uri | undefined> {
  const uri = typeof given === 'string' ? vscode.Uri.parse(given) : given;
  if (uri instanceof vscode.Uri && isRunFile(uri)) return uri;
  return activeRunFile() ?? pickRunFile(placeHolder);
}

async function pickRunFile(placeHolder: string): Promise<vscode.Uri | undefined> {
  const files = await vscode.workspace.findFiles(RUN_FILE_PATTERN, NOT_SEARCHED);
  const items = files
    .map((uri) => ({ label: vscode.workspace.asRelativePath(uri), iconPath: new vscode.ThemeIcon('file'), uri }))
    .toSorted((a, b) => a.label.localeCompare(b.label));
  if (items.length === 0) {
    const create = vscode.l10n.t('New Run File');
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t('This workspace has no run file (*.rectiscope.yaml).'),
      create,
    );
    if (answer === create) await vscode.commands.executeCommand('rectiscope.newRunFile');
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.uri;
}

/** Text of a file as in the editor, including unsaved changes; from the disk if it is not open. */
export async function currentText(uri: vscode.Uri): Promise<string> {
  return (await vscode.workspace.openTextDocument(uri)).getText();
}

const outlines = new WeightOutlines();

/** What the run file reader needs to know about a file. */
export const readOptionsOf = (uri: vscode.Uri) => ({ fileName: uri.path, folder: dirname(uri.fsPath) });

/** The same, if the weights that the file names (`init: {from}`) are to be read, too. */
export const checkOptionsOf = (uri: vscode.Uri) => ({
  ...readOptionsOf(uri),
  ...(isOnDisk(uri) && { readStored: outlines.read }),
});

/** Shows lines of a file, counted from 1, in the editor group that already has it or in the first. */
export async function revealLine(uri: vscode.Uri, line: number): Promise<vscode.TextEditor> {
  const shown = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString());
  const document = await vscode.workspace.openTextDocument(uri);
  const at = document.lineAt(Math.min(Math.max(line, 1), document.lineCount) - 1);
  const selection = new vscode.Range(at.lineNumber, at.firstNonWhitespaceCharacterIndex, at.lineNumber, at.text.length);
  const viewColumn = shown?.viewColumn ?? vscode.ViewColumn.One;
  const editor = await vscode.window.showTextDocument(document, { viewColumn, selection, preview: true });
  editor.revealRange(selection, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  return editor;
}
