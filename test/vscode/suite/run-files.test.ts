/** Before anything is trained: commands, mistakes, lenses. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../extension/commands/names.ts';
import type { Parts } from '../../../extension/extension.ts';
import { until } from './until.ts';
import { execute, extension, fileOf, type Manifest, open } from './window.ts';

describe('before anything is trained', () => {
  let parts: Parts;
  let packageJson: Manifest;

  before(async () => {
    ({ parts, packageJson } = await extension());
  });

  it('registers exactly the commands of the manifest', async () => {
    const contributed = packageJson.contributes.commands.map(({ command }) => command).toSorted();
    const all = await vscode.commands.getCommands(true);
    // VS Code adds its own commands for each view.
    const registered = all.filter((name) => name.startsWith('rectiscope.') && !name.startsWith('rectiscope.runs.'));
    assert.deepEqual(registered.toSorted(), contributed);
    assert.deepEqual(COMMANDS.map((name) => `rectiscope.${name}`).toSorted(), contributed);
  });

  it('starts no training server for a file that is only read', async () => {
    const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.joinPath(fileOf('tiny'), '..'));
    assert.ok(!entries.some(([name]) => name === '.rectiscope'), entries.join());
    assert.deepEqual(parts.stores.runs, []);
    assert.equal(parts.statusBar.text, undefined);
  });

  it('marks both mistakes of a run file at their places', async () => {
    const { uri } = await open('wrong');
    const found = await until('two diagnostics', () => {
      const diagnostics = vscode.languages.getDiagnostics(uri);
      return diagnostics.length >= 2 && diagnostics;
    });
    const places = found.map(({ range, severity }) => [range.start.line + 1, range.start.character + 1, severity]);
    assert.ok(
      places.some(([line, column]) => line === 11 && column === 15),
      JSON.stringify(places),
    );
    assert.ok(
      places.some(([line, column]) => line === 16 && column === 18),
      JSON.stringify(places),
    );
    assert.ok(
      found.every(({ source, severity }) => source === 'rectiscope' && severity === vscode.DiagnosticSeverity.Error),
    );
    assert.match(found.map(({ message }) => message).join('\n'), /filters/);
  });

  it('says nothing about other YAML', async () => {
    const file = vscode.Uri.joinPath(fileOf('tiny'), '..', 'plain.yaml');
    await vscode.window.showTextDocument(file);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.deepEqual(vscode.languages.getDiagnostics(file), []);
  });

  it('offers Train and Check above the file', async () => {
    const { uri } = await open('tiny');
    const lenses = await until('two lenses', async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 5);
      return found.length >= 2 && found;
    });
    assert.deepEqual(
      lenses.map(({ command }) => command?.command),
      ['rectiscope.train', 'rectiscope.check'],
    );
  });

  it('offers the proof of a fix above the line that it fixes', async () => {
    const { uri, getText } = await open('vanishing');
    const line = getText()
      .split('\n')
      .findIndex((text) => text.includes('init: xavier'));
    const proofs = await until('the lens', async () => {
      const found = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 9);
      const own = found.filter(({ command }) => command?.command === 'rectiscope.prove');
      return own.length > 0 && own;
    });
    assert.deepEqual(
      proofs.map(({ range, command }) => [range.start.line, ...(command?.arguments ?? [])]),
      [[line, uri.toString(), 'vanishing-gradient']],
    );
  });

  it('writes shapes and a lost gradient beside the layers, as the settings say', async () => {
    const { uri, lineCount } = await open('vanishing');
    const labels = async () => {
      const all = new vscode.Range(0, 0, lineCount, 0);
      const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
        'vscode.executeInlayHintProvider',
        uri,
        all,
      );
      return hints.map(({ label }) => String(label));
    };
    const shown = await until('five hints', async () => {
      const found = await labels();
      return found.length === 5 && found;
    });
    assert.match(shown.join('\n'), /^7×7×4\ngradient .+ of He’s\n7×7×4\ngradient .+ of He’s\n10$/);
    const settings = vscode.workspace.getConfiguration('rectiscope.inlayHints');
    await settings.update('gradient', 'off', vscode.ConfigurationTarget.Global);
    try {
      await until('shapes alone', async () => (await labels()).join() === '7×7×4,7×7×4,10');
    } finally {
      await settings.update('gradient', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('goes to the first mistake instead of training', async () => {
    await open('tiny');
    assert.equal(await execute('train', fileOf('wrong')), undefined);
    const editor = vscode.window.activeTextEditor;
    assert.equal(editor?.document.uri.path, fileOf('wrong').path);
    assert.equal(editor?.selection.start.line, 10);
    assert.deepEqual(parts.stores.runs, []);
  });
});
