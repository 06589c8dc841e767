/** What the panel asks for, done as an editor does it: by the extension's commands, in the editor's texts. */
import * as vscode from 'vscode';
import type { FileTexts, HostAction } from '../../server/panel/panel-host.ts';
import { saveText } from './save.ts';

/** Do what the page asks for. */
export async function act(action: HostAction): Promise<void> {
  const execute = async (command: string, ...words: unknown[]): Promise<void> => {
    await vscode.commands.executeCommand(`rectiscope.${command}`, ...words);
  };
  switch (action.type) {
    case 'save':
      return saveText(action);
    case 'train':
    case 'newRunFile':
      return execute(action.type);
    case 'stop':
    case 'resume':
    case 'remove':
      return execute(action.type, action.run);
    case 'reveal':
      return execute('revealRunFile', action.run, { line: action.line });
    case 'revealLayer':
      return execute('revealRunFile', action.run, { layer: action.layer });
    case 'applyFix':
    case 'prove':
      return execute(action.type, action.run, action.rule);
    default:
      throw new Error(
        `The panel says “${String((action satisfies never as HostAction).type)}”, which nobody understands.`,
      );
  }
}

/** Run files as the editor has them, unsaved changes included. */
export const editorTexts: FileTexts = {
  async read(file) {
    try {
      return (await vscode.workspace.openTextDocument(vscode.Uri.file(file))).getText();
    } catch {
      // Moved or deleted: no fix fits it, which is all that is asked.
      return undefined;
    }
  },
  watch: (file, changed) =>
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && document.uri.fsPath === file) changed();
    }),
};
