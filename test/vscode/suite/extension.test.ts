/** The extension inside a real extension host, over the real servers and the bundled data. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../extension/commands/names.ts';
import type { Parts } from '../../../extension/extension.ts';
import type { HostMessage, PanelMessage } from '../../../server/protocol/panel.ts';
import { Hello, PROTOCOL_VERSION, type RunSummary, Show, Shutdown } from '../../../server/protocol/requests.ts';
import { unpack } from '../../../server/protocol/scalar.ts';
import { until } from './until.ts';

type Message = HostMessage | PanelMessage;

const execute = <T>(command: string, ...words: unknown[]): Thenable<T> =>
  vscode.commands.executeCommand<T>(`rectiscope.${command}`, ...words);

const fileOf = (name: string): vscode.Uri => {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'a folder is open');
  return vscode.Uri.joinPath(folder.uri, `${name}.rectiscope.yaml`);
};

const open = async (name: string): Promise<vscode.TextDocument> => {
  const { document } = await vscode.window.showTextDocument(fileOf(name), { viewColumn: vscode.ViewColumn.One });
  return document;
};

const replaceText = async (document: vscode.TextDocument, from: string | RegExp, to: string): Promise<void> => {
  const edit = new vscode.WorkspaceEdit();
  const all = new vscode.Range(0, 0, document.lineCount, 0);
  edit.replace(document.uri, all, document.getText().replace(from, to));
  assert.ok(await vscode.workspace.applyEdit(edit));
};

const undo = (): Thenable<unknown> => vscode.commands.executeCommand('undo');

describe('Rectiscope inside the extension host', () => {
  let parts: Parts;
  let packageJson: { contributes: { commands: { command: string }[] } };
  const said: Message[] = [];
  const hostSaid = <K extends HostMessage['type']>(type: K) =>
    said.filter((message): message is Extract<HostMessage, { type: K }> => message.type === type);

  const state = (run: string): RunSummary['state'] | undefined => parts.stores.run(run)?.state;
  const ended = (run: string, as: RunSummary['state']) => until(`${run} is ${as}`, () => state(run) === as, 60_000);

  before(async () => {
    const extension = vscode.extensions.getExtension('rectiscope.rectiscope');
    assert.ok(extension, 'the extension is there');
    packageJson = extension.packageJSON;
    await open('tiny');
    await until('the run file activates the extension', () => extension.isActive);
    parts = extension.exports as Parts;
    assert.ok(parts, 'the extension shows its parts to tests');
    parts.panel.onMessage((message) => said.push(message));
  });

  describe('before anything is trained', () => {
    it('registers exactly the commands of the manifest', async () => {
      const contributed = packageJson.contributes.commands.map(({ command }) => command).toSorted();
      const all = await vscode.commands.getCommands(true);
      // VS Code adds commands of its own for each view.
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

    it('goes to the first mistake instead of training', async () => {
      await open('tiny');
      assert.equal(await execute('train', fileOf('wrong')), undefined);
      const editor = vscode.window.activeTextEditor;
      assert.equal(editor?.document.uri.path, fileOf('wrong').path);
      assert.equal(editor?.selection.start.line, 10);
      assert.deepEqual(parts.stores.runs, []);
    });
  });

  describe('a run of three steps', () => {
    let run: RunSummary;

    before(async () => {
      await open('tiny');
      const started = await execute<RunSummary | undefined>('train');
      assert.ok(started, 'a run was queued');
      run = started;
      await ended(run.run, 'finished');
    });

    it('trains the bundled images to the end', () => {
      const summary = parts.stores.run(run.run);
      assert.equal(summary?.step, 3);
      assert.ok(summary?.top1 !== undefined && summary.top1 > 0 && summary.top1 <= 100, String(summary?.top1));
      assert.equal(summary?.file, fileOf('tiny').fsPath);
    });

    it('shows it in the tree with its state and error', () => {
      assert.ok(parts.tree.getChildren().includes(run.run));
      const item = parts.tree.getTreeItem(run.run);
      assert.equal(item.label, 'tiny');
      assert.match(String(item.description), /^finished · top-1 \d+\.\d %$/);
      assert.match(item.contextValue ?? '', /ended/);
      assert.equal((item.iconPath as vscode.ThemeIcon).id, 'pass');
      assert.match(item.accessibilityInformation?.label ?? '', /top-1 error .* %, top-5 error/);
    });

    it('shows its end in the status bar', () => assert.match(parts.statusBar.text ?? '', /tiny · finished · top-1/));

    it('opens the panel, which asks before it is told', async () => {
      assert.ok(parts.panel.isOpen);
      await until('a snapshot', () => hostSaid('snapshot').some(({ snapshot }) => snapshot.summary.run === run.run));
      const types = said.map(({ type }) => type);
      assert.equal(types[0], 'ready');
      assert.deepEqual(types.slice(1, 3), ['connection', 'runs']);
      assert.ok(types.indexOf('choose') < types.indexOf('snapshot'), types.join());
    });

    it('streams to the panel without a gap', async () => {
      const last = await until('the end in the panel', () => {
        const snapshot = hostSaid('snapshot').findLast((message) => message.snapshot.summary.run === run.run)?.snapshot;
        const deltas = hostSaid('delta').filter(({ delta }) => delta.run === run.run);
        const end = deltas.at(-1)?.delta.summary.state ?? snapshot?.summary.state;
        return end === 'finished' && snapshot && { snapshot, deltas };
      });
      const sequences = last.deltas
        .map(({ delta }) => delta.sequence)
        .filter((sequence) => sequence > last.snapshot.sequence);
      assert.deepEqual(
        sequences,
        sequences.map((_, i) => last.snapshot.sequence + 1 + i),
      );
      const shown = await parts.stores.request(run.run, Show, { run: run.run });
      assert.deepEqual([...unpack(shown.steps.step)], [1, 2, 3]);
    });

    it('keeps the focus in the editor', () => {
      assert.equal(vscode.window.activeTextEditor?.document.uri.path, fileOf('tiny').path);
    });

    it('trains the text as it is in the editor and saves nothing', async () => {
      const document = await open('tiny');
      await replaceText(document, 'seed: 1', 'seed: 2');
      assert.ok(document.isDirty);
      const second = await execute<RunSummary>('train');
      await ended(second.run, 'finished');
      assert.ok(document.isDirty, 'nothing was saved');
      const { text } = await parts.stores.request(second.run, Show, { run: second.run });
      assert.equal(text, document.getText());
      assert.match(text, /seed: 2/);
      await vscode.commands.executeCommand('workbench.action.files.revert');
    });

    it('compares two runs in VS Code’s own diff and in the panel', async () => {
      const pair = parts.stores.runs.filter(({ name }) => name === 'tiny').map((one) => one.run);
      assert.equal(pair.length, 2);
      await execute('compare', pair[0], pair);
      const input = vscode.window.tabGroups.all[0]?.activeTab?.input;
      assert.ok(input instanceof vscode.TabInputTextDiff, 'a diff is open');
      const [before, after] = await Promise.all(
        [input.original, input.modified].map((uri) => vscode.workspace.openTextDocument(uri)),
      );
      assert.match(before?.getText() ?? '', /seed: 1/);
      assert.match(after?.getText() ?? '', /seed: 2/);
      const show = hostSaid('show').at(-1);
      assert.deepEqual(show?.runs.toSorted(), pair.toSorted());
    });

    it('goes to the entry that made a layer', async () => {
      await execute('revealRunFile', run.run, { layer: 'conv2' });
      assert.equal(vscode.window.activeTextEditor?.document.uri.path, fileOf('tiny').path);
      assert.equal(vscode.window.activeTextEditor?.selection.start.line, 11);
    });
  });

  describe('a run that is stopped', () => {
    it('stops with a checkpoint and goes on from it', async () => {
      await open('long');
      const { run } = await execute<RunSummary>('train');
      await until('a few steps', () => (parts.stores.run(run)?.step ?? 0) > 5, 60_000);
      assert.match(parts.statusBar.text ?? '', /^\$\(sync~spin\) long · epoch/);
      assert.equal(parts.tree.view.badge?.value, 1);
      await execute('stop', run);
      await ended(run, 'stopped');
      const stopped = parts.stores.run(run)?.step ?? 0;
      assert.match(parts.tree.getTreeItem(run).contextValue ?? '', /resumable/);
      await execute('resume', run);
      await until('it goes on', () => (parts.stores.run(run)?.step ?? 0) > stopped, 60_000);
      await execute('stop', run);
      await ended(run, 'stopped');
    });
  });

  describe('a training server that goes away', () => {
    let run: string;
    const stepOf = () => parts.stores.run(run)?.step ?? 0;
    const status = () => parts.stores.request(run, Hello, { protocol: PROTOCOL_VERSION });

    before(async () => {
      await open('long');
      run = (await execute<RunSummary>('train')).run;
      await until('a few steps', () => stepOf() > 3, 120_000);
    });

    it('is started again when it was killed, and its run goes on', async () => {
      const { pid } = await status();
      process.kill(pid, 'SIGKILL');
      await until('the line is cut', () => parts.stores.state.state !== 'connected');
      await until('a server is there again', () => parts.stores.state.state === 'connected');
      assert.notEqual((await status()).pid, pid);
      const before = stepOf();
      await until('the run goes on', () => state(run) === 'running' && stepOf() > before, 120_000);
      const { steps } = await parts.stores.request(run, Show, { run });
      const all = [...unpack(steps.step)];
      assert.deepEqual(
        all,
        all.map((_, i) => i + 1),
        'every step once',
      );
    });

    it('is left alone when it was stopped, until it is asked for something', async () => {
      await (await parts.stores.connectionOf(run).connect()).request(Shutdown);
      await until('the views say so', () => parts.stores.state.state === 'lost');
      assert.match(parts.statusBar.text ?? '', /not connected/);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      assert.equal(parts.stores.state.state, 'lost');
      await execute('stop', run);
      assert.equal(parts.stores.state.state, 'connected');
      await ended(run, 'stopped');
    });
  });

  describe('a run whose gradient vanishes', () => {
    let document: vscode.TextDocument;
    let run: RunSummary;
    const live = () =>
      vscode.languages.getDiagnostics(document.uri).filter(({ message }) => message.includes('measured'));

    before(async () => {
      document = await open('vanishing');
      run = await execute<RunSummary>('train');
      await until('the finding', () => live().length > 0, 60_000);
    });

    it('is found on the line that caused it', () => {
      const [finding] = live();
      assert.equal(finding?.code, 'vanishing-gradient');
      assert.equal(finding?.severity, vscode.DiagnosticSeverity.Error);
      assert.equal(document.getText(finding?.range), 'init: xavier');
    });

    it('is said no longer once the file is another, and again when that is undone', async () => {
      await replaceText(document, 'seed: 1', 'seed: 7');
      await until('no live finding', () => live().length === 0);
      await undo();
      await until('the finding again', () => live().length === 1);
    });

    it('offers one quick fix, also where the language server predicts the same', async () => {
      const fixes = async () => {
        const range = live()[0]?.range;
        const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
          'vscode.executeCodeActionProvider',
          document.uri,
          range,
        );
        return actions.filter(({ title }) => title.includes('init: he'));
      };
      // After the undo the language server needs a moment to predict again.
      await until('the prediction', () => vscode.languages.getDiagnostics(document.uri).length > live().length);
      await until('one fix', async () => (await fixes()).length === 1);
    });

    it('applies the fix so that one undo takes it back', async () => {
      const before = document.getText();
      await execute('applyFix', run.run, 'vanishing-gradient');
      assert.match(document.getText(), /^ {2}init: he +# too small/m);
      assert.ok(document.isDirty, 'the user saves');
      await undo();
      assert.equal(document.getText(), before);
    });

    it('refuses the fix where the file has changed', async () => {
      await replaceText(document, 'seed: 1', 'seed: 7');
      const changed = document.getText();
      await execute('applyFix', run.run, 'vanishing-gradient');
      assert.equal(document.getText(), changed);
      await undo();
    });

    it('counts its findings in the tree', async () => {
      await ended(run.run, 'finished');
      assert.match(String(parts.tree.getTreeItem(run.run).description), /[1-9] findings?$/);
    });

    it('underlines a cause, and says beneath it what follows from it', async () => {
      const { findings } = await parts.stores.request(run.run, Show, { run: run.run });
      const effects = findings.filter(({ cause }) => cause === 'vanishing-gradient');
      assert.ok(effects.length > 0, 'a vanished gradient has consequences');
      const all = await until('all findings', () => {
        const [first] = live();
        return first?.relatedInformation?.length === effects.length && live();
      });
      assert.equal(all.length, findings.length - effects.length);
    });
  });
});
