/** *Compare Runs*: the files in VS Code's own diff, and the curves of both in the panel. */
import * as vscode from 'vscode';
import { nameOf } from '../../server/figures/run-name.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import { Refusal } from '../refusal.ts';
import { runTextUri } from '../run-text.ts';
import type { CommandContext } from './context.ts';
import { allRuns, runItem } from './pick-run.ts';

const { t } = vscode.l10n;

/** Compares two runs: those selected in the tree (all selected ids are the second argument), or two that the user picks. */
export async function compare({ stores, panel }: CommandContext, _clicked: unknown, selected: unknown): Promise<void> {
  const runs = await allRuns(stores);
  const ids = Array.isArray(selected) ? selected : [];
  const chosen = runs.filter(({ run }) => ids.includes(run));
  const pair = chosen.length === 2 ? chosen : await pickTwo(runs);
  if (!pair) return;
  // The older one is on the left, as the state before the change.
  const [before, after] = pair.toSorted((a, b) => a.created.localeCompare(b.created)) as [RunSummary, RunSummary];
  await vscode.commands.executeCommand(
    'vscode.diff',
    runTextUri(before),
    runTextUri(after),
    t('{0} ↔ {1}', nameOf(before.run, [before, after]), nameOf(after.run, [before, after])),
    { viewColumn: vscode.ViewColumn.One, preview: true } satisfies vscode.TextDocumentShowOptions,
  );
  panel.open({ runs: [before.run, after.run], preserveFocus: true });
}

/** Two runs from a list with check boxes; undefined if the user cancels. */
async function pickTwo(runs: readonly RunSummary[]): Promise<RunSummary[] | undefined> {
  if (runs.length < 2) throw new Refusal(t('A comparison needs two runs; this workspace has {0}.', runs.length));
  const picked = await vscode.window.showQuickPick(runs.map(runItem), {
    canPickMany: true,
    placeHolder: t('Pick two runs to compare'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (!picked || picked.length === 0) return undefined;
  if (picked.length !== 2) throw new Refusal(t('A comparison needs two runs, not {0}.', picked.length));
  return picked.map(({ run }) => run);
}
