/** *New Run File*: asks for a name, writes a commented run file and opens it. */
import * as vscode from 'vscode';
import { runFileTemplate } from '../../server/run-file/template.ts';

const { t } = vscode.l10n;
const ENDING = '.rectiscope.yaml';

/** Writes a run file into the workspace; returns its URI, or undefined if the user cancels. */
export async function newRunFile(given: unknown): Promise<vscode.Uri | undefined> {
  const folder = given instanceof vscode.Uri ? given : await chooseFolder();
  if (!folder) return undefined;
  const name = await askName(folder);
  if (name === undefined) return undefined;
  const file = vscode.Uri.joinPath(folder, `${name}${ENDING}`);
  await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(runFileTemplate(name)));
  await vscode.window.showTextDocument(file, { preview: false });
  return file;
}

async function chooseFolder(): Promise<vscode.Uri | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) {
    const open = t('Open Folder');
    const answer = await vscode.window.showInformationMessage(
      t('A new run file needs a folder: open one first.'),
      open,
    );
    if (answer === open) await vscode.commands.executeCommand('vscode.openFolder');
    return undefined;
  }
  if (folders.length === 1) return folders[0]?.uri;
  return (await vscode.window.showWorkspaceFolderPick({ placeHolder: t('Folder of the run file') }))?.uri;
}

async function askName(folder: vscode.Uri): Promise<string | undefined> {
  const withoutEnding = (text: string): string => (text.endsWith(ENDING) ? text.slice(0, -ENDING.length) : text).trim();
  const name = await vscode.window.showInputBox({
    title: t('New Run File'),
    prompt: t('Name of the run; the file becomes NAME{0}', ENDING),
    value: await freeName(folder),
    validateInput: async (text) => {
      const wanted = withoutEnding(text);
      if (wanted === '') return t('The name must not be empty.');
      if (/[\\/:*?"<>|]/.test(wanted) || wanted.startsWith('.'))
        return t('A file can’t have this name: leave out \\ / : * ? " < > | and a leading dot.');
      return (await exists(folder, wanted)) ? t('{0}{1} already exists.', wanted, ENDING) : undefined;
    },
  });
  return name === undefined ? undefined : withoutEnding(name);
}

async function freeName(folder: vscode.Uri): Promise<string> {
  for (let number = 1; ; number++) if (!(await exists(folder, `run-${number}`))) return `run-${number}`;
}

const exists = (folder: vscode.Uri, name: string): Thenable<boolean> =>
  vscode.workspace.fs.stat(vscode.Uri.joinPath(folder, `${name}${ENDING}`)).then(
    () => true,
    () => false,
  );
