/** *Stop*, *Resume* and *Remove*: what changes the state of a run. */
import * as vscode from 'vscode';
import type { RunState } from '../../server/protocol/events.ts';
import { Remove, Resume, Stop } from '../../server/protocol/requests.ts';
import { isOver } from '../../server/protocol/run-state.ts';
import { Refusal } from '../refusal.ts';
import type { CommandContext } from './context.ts';
import { pickRun } from './pick-run.ts';

const { t } = vscode.l10n;

const isLive = ({ state }: { state: RunState }): boolean => !isOver(state);

/** Stops a run after its next checkpoint. */
export async function stop({ stores }: CommandContext, given: unknown): Promise<void> {
  const run = await pickRun(stores, given, {
    placeHolder: t('Run to stop; it can be resumed later'),
    none: t('No run is training.'),
    fits: isLive,
    alone: true,
  });
  if (!run) return;
  const { name } = run;
  const options = { location: { viewId: 'rectiscope.runs' }, title: t('Stopping {0} …', name) };
  await vscode.window.withProgress(options, () => stores.request(run.run, Stop, { run: run.run }));
}

/** Resumes a run from its last checkpoint. */
export async function resume({ stores, messages }: CommandContext, given: unknown): Promise<void> {
  const run = await pickRun(stores, given, {
    placeHolder: t('Run to resume'),
    none: t('No run can be resumed: none was stopped before its end.'),
    fits: (one) => !isLive(one) && one.state !== 'finished',
  });
  if (!run) return;
  if (!vscode.workspace.isTrusted) throw new Refusal(t('Rectiscope trains only in a trusted workspace.'));
  await stores.request(run.run, Resume, { run: run.run });
  await messages.expect(run.run);
}

/** Removes a run and everything recorded of it, after confirmation. */
export async function remove({ stores }: CommandContext, given: unknown): Promise<void> {
  const run = await pickRun(stores, given, {
    placeHolder: t('Run to remove'),
    none: t('No run has ended yet.'),
    fits: (one) => !isLive(one),
  });
  if (!run) return;
  const confirm = t('Remove');
  const answer = await vscode.window.showWarningMessage(
    t('Remove the run {0}?', run.name),
    {
      modal: true,
      detail: t('Its curves, findings and checkpoints are deleted; the run file stays. This can’t be undone.'),
    },
    confirm,
  );
  if (answer === confirm) await stores.request(run.run, Remove, { run: run.run });
}
