/** What helps to write a run file, as VS Code asks for it. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { extension, open, replaceText, undo } from './window.ts';

describe('while a run file is written', () => {
  before(() => extension());

  it('renames a layer, and says why it does not', async () => {
    const document = await open('tiny');
    const line = document
      .getText()
      .split('\n')
      .findIndex((text) => text.includes('- conv'));
    const rename = (name: string, position: vscode.Position) =>
      vscode.commands.executeCommand<vscode.WorkspaceEdit>(
        'vscode.executeDocumentRenameProvider',
        document.uri,
        position,
        name,
      );
    const edits = await rename('stem', new vscode.Position(line, 8));
    const [edit] = edits.get(document.uri);
    assert.equal(edit?.newText, ', name: stem');
    await assert.rejects(
      async () => rename('stem', new vscode.Position(line - 2, 4)),
      /Only layers can be renamed|No result/,
    );
    await assert.rejects(async () => rename('dense1', new vscode.Position(line, 8)), /already that of|No result/);
  });

  it('formats the document, comments and the place of the cursor kept', async () => {
    const document = await open('vanishing');
    const before = document.getText();
    await replaceText(document, 'init: xavier # too', 'init:   xavier   # too');
    const editor = await vscode.window.showTextDocument(document);
    const end = document.lineAt(document.lineCount - 2).range.end;
    editor.selection = new vscode.Selection(end, end);
    await vscode.commands.executeCommand('editor.action.formatDocument');
    assert.equal(document.getText(), before.replace('init: xavier # too', 'init: xavier     # too'));
    assert.deepEqual(editor.selection.active, end);
    await undo();
    await undo();
    assert.equal(document.getText(), before);
  });
});
