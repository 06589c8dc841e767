/** Carries out the panel's requests in an editor: with the extension's commands, in the editor's texts. */
import { commands, Uri, workspace } from 'vscode';
import type { FileTexts, HostAction } from '../../server/panel/panel-host.ts';
import { saveText } from './save.ts';

/** Carries out a request of the page. */
export async function act(action: HostAction): Promise<void> {
  switch (action.type) {
    case 'save':
      return saveText(action);
    case 'train':
      return void (await commands.executeCommand('rectiscope.train'));
    case 'newRunFile':
      return void (await commands.executeCommand('rectiscope.newRunFile'));
    case 'stop':
    case 'resume':
    case 'remove':
      return void (await commands.executeCommand(`rectiscope.${action.type}`, action.run));
    case 'reveal':
      return void (await commands.executeCommand('rectiscope.revealRunFile', action.run, { line: action.line }));
    case 'revealLayer':
      return void (await commands.executeCommand('rectiscope.revealRunFile', action.run, { layer: action.layer }));
    case 'applyFix':
      return void (await commands.executeCommand('rectiscope.applyFix', action.run, action.rule));
    case 'prove':
      return void (await commands.executeCommand('rectiscope.prove', action.run, action.rule));
    default:
      throw new Error(`The panel sent “${String((action satisfies never as HostAction).type)}”, which is not known.`);
  }
}

/** Run files as in the editor, including unsaved changes. */
export const editorTexts: FileTexts = {
  async read(file) {
    try {
      return (await workspace.openTextDocument(Uri.file(file))).getText();
    } catch {
      // Moved or deleted: no fix fits it, and the caller needs no more.
      return undefined;
    }
  },
  watch: (file, changed) =>
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0 && document.uri.fsPath === file) changed();
    }),
};
