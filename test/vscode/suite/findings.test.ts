/** What training finds, on the line of the run file that caused it. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Parts } from '../../../extension/extension.ts';
import { type Proving, type RunSummary, Show } from '../../../server/protocol/requests.ts';
import { until } from './until.ts';
import { ended, execute, extension, open, replaceText, undo } from './window.ts';

describe('a run whose gradient vanishes', () => {
  let parts: Parts;
  let document: vscode.TextDocument;
  let run: RunSummary;
  const live = () =>
    vscode.languages.getDiagnostics(document.uri).filter(({ message }) => message.includes('measured'));

  before(async () => {
    ({ parts } = await extension());
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

  it('is reported once even if it was also predicted', async () => {
    const ofRule = () => vscode.languages.getDiagnostics(document.uri).filter(({ code }) => code === live()[0]?.code);
    await until('the prediction in the measured one', () =>
      live()[0]?.message.endsWith('as predicted before training)'),
    );
    assert.equal(ofRule().length, 1);
    const told = await until('what follows, beneath', () => live()[0]?.relatedInformation?.length);
    assert.ok(told > 0);
    // What was predicted of the signal stands beneath its cause as well.
    await until('nothing told twice', () => vscode.languages.getDiagnostics(document.uri).length === live().length);
    await replaceText(document, 'seed: 1', 'seed: 7');
    const [predicted] = await until(
      'the prediction alone',
      () => live().length === 0 && vscode.languages.getDiagnostics(document.uri),
    );
    assert.equal(predicted?.code, 'vanishing-gradient');
    await undo();
    await until('one again', () => live().length === 1 && ofRule().length === 1);
  });

  it('is no longer reported once the file has changed, and again when that is undone', async () => {
    await replaceText(document, 'seed: 1', 'seed: 7');
    await until('no live finding', () => live().length === 0);
    await undo();
    await until('the finding again', () => live().length === 1);
  });

  it('offers one quick fix, also if the language server predicts the same', async () => {
    const fixes = async () => {
      const range = live()[0]?.range;
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        document.uri,
        range,
      );
      return actions.filter(({ title }) => title.includes('init: he'));
    };
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

  it('fixes all that is predicted by the command Fix, so that one undo takes it back', async () => {
    const before = document.getText();
    await execute('fix', document.uri);
    assert.equal(document.getText(), before.replace('init: xavier', 'init: he'));
    await undo();
    assert.equal(document.getText(), before);
  });

  it('refuses the fix if its line has changed', async () => {
    await replaceText(document, 'too small behind', 'far too small behind');
    const changed = document.getText();
    await execute('applyFix', run.run, 'vanishing-gradient');
    assert.equal(document.getText(), changed);
    await undo();
  });

  it('writes what is measured behind the layers in place of what was predicted, with the shape', async () => {
    const all = new vscode.Range(0, 0, document.lineCount, 0);
    const labels = await until('the hints', async () => {
      const hints = await vscode.commands.executeCommand<vscode.InlayHint[]>(
        'vscode.executeInlayHintProvider',
        document.uri,
        all,
      );
      const said = hints.map(({ label }) => String(label));
      return said.length === 6 && said;
    });
    assert.deepEqual(
      labels.map((label) => label.replace(/(?<=‖ ).*(?= (?:live|last run)$)/, 'x').replace('last run', 'live')),
      ['7×7×4', '‖g‖/‖w‖ x live', '7×7×4', '‖g‖/‖w‖ x live', '10', '‖g‖/‖w‖ x live'],
    );
    for (const label of labels) assert.ok(label.length <= 32, label);
  });

  it('counts its findings in the tree', async () => {
    await ended(parts, run.run, 'finished');
    assert.match(String(parts.tree.getTreeItem(run.run).description), /[1-9] findings?$/);
  });

  it('underlines a cause, and lists its consequences beneath it', async () => {
    const { findings } = await parts.stores.request(run.run, Show, { run: run.run });
    const effects = findings.filter(({ cause }) => cause === 'vanishing-gradient');
    assert.ok(effects.length > 0, 'a vanished gradient has consequences');
    const all = await until('all findings', () => {
      const [first] = live();
      return first?.relatedInformation?.length === effects.length && live();
    });
    assert.equal(all.length, findings.length - effects.length);
  });

  it('proves the finding of the file: the run itself is the one side, its fixed copy the other', async () => {
    await open('vanishing');
    const proving = await execute<Proving | undefined>('prove');
    assert.ok(proving, 'a proof was begun');
    const [before, copy] = proving.runs;
    assert.deepEqual([before.run, copy.name], [run.run, 'vanishing-fixed']);
    await until('both are drawn', () => parts.panel.isOpen);
    const proof = await until('the verdict', async () => {
      const { proofs } = await parts.stores.request(run.run, Show, { run: run.run });
      return proofs.find(({ fixed, state }) => fixed === copy.run && state !== 'running');
    });
    assert.equal(proof.state, 'decided', proof.message);
    assert.deepEqual(proof.fixes, [{ rule: 'vanishing-gradient', title: proof.fixes[0]?.title }]);
    assert.match(proof.verdict ?? '', /the loss is \d\.\d\d with it and \d\.\d\d without/);
    const text = parts.stores.run(copy.run)?.file;
    assert.equal(text, document.uri.fsPath);
  });

  it('proves a run that is chosen, once more', async () => {
    const proving = await execute<Proving | undefined>('prove', run.run, 'vanishing-gradient');
    assert.equal(proving?.runs[0].run, run.run);
    await ended(parts, proving.runs[1].run, 'finished');
  });
});
