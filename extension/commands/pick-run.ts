/** Which run a command is about: one handed over by a view, or one that the user picks. */
import * as vscode from 'vscode';
import type { RunSummary } from '../../server/protocol/requests.ts';
import { Refusal } from '../refusal.ts';
import type { Stores } from '../stores.ts';
import { epochs, errorRates, stateIcon, stateWord } from '../views/words.ts';

const { t } = vscode.l10n;

export interface PickOptions {
  placeHolder: string;
  /** Said where no run fits. */
  none: string;
  /** Runs that can be picked; all where it is left out. */
  fits?: (run: RunSummary) => boolean;
  /** Take the only run that fits without asking. */
  alone?: boolean;
}

export const runItem = (run: RunSummary) => ({
  label: `$(${stateIcon(run.state)}) ${run.name}`,
  description: [stateWord(run.state), epochs(run), errorRates(run)].filter(Boolean).join(', '),
  detail: `${run.run} · ${new Date(run.created).toLocaleString()}`,
  run,
});

/** A run by what a command got (a run's id), or by asking; undefined where the user cancels. Throws where there is none. */
export async function pickRun(stores: Stores, given: unknown, options: PickOptions): Promise<RunSummary | undefined> {
  if (typeof given === 'string') {
    const run = stores.run(given);
    if (!run) throw new Refusal(t('Run {0} is not in the store any more.', given));
    return run;
  }
  const { placeHolder, none, fits = () => true, alone = false } = options;
  const runs = (await allRuns(stores)).filter(fits);
  if (runs.length === 0) throw new Refusal(none);
  if (alone && runs.length === 1) return runs[0];
  const picked = await vscode.window.showQuickPick(runs.map(runItem), {
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.run;
}

/** All runs; a window that has not asked its stores yet does so first. */
export async function allRuns(stores: Stores): Promise<RunSummary[]> {
  await stores.look({ start: true });
  return stores.runs;
}
