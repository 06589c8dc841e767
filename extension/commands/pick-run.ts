/** The run that a command is about: passed by a view, or picked by the user. */
import * as vscode from 'vscode';
import type { RunSummary } from '../../server/protocol/requests.ts';
import { Refusal } from '../refusal.ts';
import type { Stores } from '../stores.ts';
import { epochs, errorRates, stateIcon, stateWord } from '../views/words.ts';

const { t } = vscode.l10n;

export interface PickOptions {
  placeHolder: string;
  /** The message if no run fits. */
  none: string;
  /** Runs that can be picked; by default all. */
  fits?: (run: RunSummary) => boolean;
  /** If only one run fits, take it without asking. */
  alone?: boolean;
}

export const runItem = (run: RunSummary) => ({
  label: `$(${stateIcon(run.state)}) ${run.name}`,
  description: [stateWord(run.state), epochs(run), errorRates(run)].filter(Boolean).join(', '),
  detail: `${run.run} · ${new Date(run.created).toLocaleString()}`,
  run,
});

/** The run of the given id, or the one that the user picks; undefined if the user cancels. Throws if there is none. */
export async function pickRun(stores: Stores, given: unknown, options: PickOptions): Promise<RunSummary | undefined> {
  if (typeof given === 'string') {
    const run = stores.run(given);
    if (!run) throw new Refusal(t('Run {0} is no longer in the store.', given));
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

/** All runs; a window that has not queried its stores yet does so first. */
export async function allRuns(stores: Stores): Promise<RunSummary[]> {
  await stores.look({ start: true });
  return stores.runs;
}
