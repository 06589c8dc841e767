/** What helps to write a run file, as VS Code asks for it. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from './until.ts';
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
    await assert.rejects(async () => rename('dense1', new vscode.Position(line, 8)), /already has the name|No result/);
  });

  it('looks at the data: what is not there is marked on its line, and the mark goes with its cause', async () => {
    const document = await open('tiny');
    const before = document.getText();
    const source = before.split('\n').findIndex((text) => text.includes('fashion-mnist'));
    const ofData = () =>
      vscode.languages
        .getDiagnostics(document.uri)
        .filter(({ message }) => /the folder .* does not exist/.test(message))
        .map(({ range, severity }) => [range.start.line, severity]);
    await replaceText(document, 'fashion-mnist', 'nowhere');
    await until('the absent folder is marked', () => ofData().length > 0);
    assert.deepEqual(ofData(), [[source, vscode.DiagnosticSeverity.Error]]);
    await undo();
    assert.equal(document.getText(), before);
    await until('the mark is gone', () => ofData().length === 0);
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
