/** A run of three steps, from the command to the panel. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Parts } from '../../../extension/extension.ts';
import { type RunSummary, Show } from '../../../server/protocol/requests.ts';
import { unpack } from '../../../server/protocol/scalar.ts';
import { until } from './until.ts';
import { ended, execute, extension, fileOf, listen, open, replaceText } from './window.ts';

describe('a run of three steps', () => {
  let parts: Parts;
  let run: RunSummary;
  let panel: ReturnType<typeof listen>;

  before(async () => {
    ({ parts } = await extension());
    panel = listen(parts);
    await open('tiny');
    const started = await execute<RunSummary | undefined>('train');
    assert.ok(started, 'a run was queued');
    run = started;
    await ended(parts, run.run, 'finished');
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

  it('writes what was measured last behind each layer, unless the setting forbids it', async () => {
    const { uri, lineCount } = await open('tiny');
    const measured = async () => {
      const all = new vscode.Range(0, 0, lineCount, 0);
      const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
        'vscode.executeInlayHintProvider',
        uri,
        all,
      );
      return hints.filter(({ label }) => String(label).includes('‖g‖/‖w‖'));
    };
    const hints = await until('three hints', async () => {
      const found = await measured();
      return found.length === 3 && found;
    });
    for (const { label } of hints) assert.match(String(label), /^‖g‖\/‖w‖ \d\S*(?: … \S+)? last run$/);
    const tooltip = hints[0]?.tooltip;
    const value = typeof tooltip === 'object' ? tooltip.value : '';
    assert.match(value, /`tiny` \(r-\S+, finished\)/);
    assert.match(value, /\| layer \| step 1 \| step 2 \| ratio \|/);
    assert.match(value, /\n\| conv1 \| \S+ \| \S+ \| \S+ × \|$/);
    const settings = vscode.workspace.getConfiguration('rectiscope.inlayHints');
    await settings.update('live', false, vscode.ConfigurationTarget.Global);
    try {
      await until('none', async () => (await measured()).length === 0);
    } finally {
      await settings.update('live', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('opens the panel, which sends `ready` before it receives anything', async () => {
    assert.ok(parts.panel.isOpen);
    await until('a snapshot', () =>
      panel.hostSaid('snapshot').some(({ snapshot }) => snapshot.summary.run === run.run),
    );
    const types = panel.said.map(({ type }) => type);
    assert.equal(types[0], 'ready');
    assert.deepEqual(types.slice(1, 3), ['connection', 'runs']);
    assert.ok(types.indexOf('choose') < types.indexOf('snapshot'), types.join());
  });

  it('streams to the panel without a gap', async () => {
    const last = await until('the end in the panel', () => {
      const snapshot = panel
        .hostSaid('snapshot')
        .findLast((message) => message.snapshot.summary.run === run.run)?.snapshot;
      const deltas = panel.hostSaid('delta').filter(({ delta }) => delta.run === run.run);
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
    await ended(parts, second.run, 'finished');
    assert.ok(document.isDirty, 'nothing was saved');
    const { text } = await parts.stores.request(second.run, Show, { run: second.run });
    assert.equal(text, document.getText());
    assert.match(text, /seed: 2/);
    await vscode.commands.executeCommand('workbench.action.files.revert');
  });

  it('offers to compare the last two runs above their file', async () => {
    const { uri } = await open('tiny');
    const lens = await until('the lens', async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 9);
      return lenses.find(({ command }) => command?.command === 'rectiscope.compare');
    });
    assert.equal(lens.command?.title, 'Compare with last run');
    const [last, before] = parts.stores.runs.filter(({ file }) => file === uri.fsPath);
    assert.deepEqual(lens.command?.arguments?.[1], [before?.run, last?.run]);
    assert.deepEqual(lens.range, new vscode.Range(0, 0, 0, 0));
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
    const show = panel.hostSaid('show').at(-1);
    assert.deepEqual(show?.runs.toSorted(), pair.toSorted());
  });

  it('goes to the entry that made a layer', async () => {
    await execute('revealRunFile', run.run, { layer: 'conv2' });
    assert.equal(vscode.window.activeTextEditor?.document.uri.path, fileOf('tiny').path);
    assert.equal(vscode.window.activeTextEditor?.selection.start.line, 11);
  });
});
