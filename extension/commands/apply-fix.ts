/** *Apply Fix*: a finding's fix as an edit of the run file, through the editor so that one undo reverts it. */
import * as vscode from 'vscode';
import { fixState } from '../../server/panel/fix-state.ts';
import { Show } from '../../server/protocol/requests.ts';
import { toWorkspaceEdit } from '../findings/edits.ts';
import { Refusal } from '../refusal.ts';
import { revealLine } from '../run-files.ts';
import type { CommandContext } from './context.ts';

const { t } = vscode.l10n;

/** Applies the fix of a run's finding; throws if the file is no longer the one that was run. */
export async function applyFix({ stores }: CommandContext, given: unknown, rule: unknown): Promise<void> {
  const run = typeof given === 'string' ? stores.run(given) : undefined;
  if (!run) throw new Refusal(t('The run is no longer in the store.'));
  const { findings, text } = await stores.request(run.run, Show, { run: run.run });
  const finding = findings.findLast((one) => one.rule === rule && one.fix);
  if (!finding?.fix) throw new Refusal(t('{0} has no fix for {1}.', run.name, String(rule)));
  const uri = vscode.Uri.file(run.file);
  const document = await vscode.workspace.openTextDocument(uri);
  if (fixState(text, document.getText(), finding.fix.edits) !== 'fits') {
    throw new Refusal(t('{0} has changed since that run: train it again.', vscode.workspace.asRelativePath(uri)));
  }
  await revealLine(uri, finding.fix.edits[0]?.line ?? finding.line ?? 1);
  const done = await vscode.workspace.applyEdit(toWorkspaceEdit(uri, finding.fix.edits));
  if (!done) throw new Error(t('{0} could not be changed.', vscode.workspace.asRelativePath(uri)));
}
