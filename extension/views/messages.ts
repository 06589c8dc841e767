/** Messages: only when a run that this window started has ended, stalled, diverged or failed. */
import * as vscode from 'vscode';
import type { RunState } from '../../server/protocol/events.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import { errorText, type Log } from '../log.ts';
import type { Stores } from '../stores.ts';
import { duration, errorRates } from './words.ts';

const { t } = vscode.l10n;
/** Key of the workspace's memory: a window that was reloaded still is the one that started its runs. */
const MEMORY = 'rectiscope.startedRuns';

export interface MessagesOptions {
  memory: vscode.Memento;
  log: Log;
  /** Whether a look at the panel need not be offered. */
  isPanelVisible: () => boolean;
}

export class Messages implements vscode.Disposable {
  readonly #stores: Stores;
  readonly #memory: vscode.Memento;
  readonly #log: Log;
  readonly #isPanelVisible: () => boolean;
  readonly #started: Set<string>;
  readonly #subscription: vscode.Disposable;

  constructor(stores: Stores, options: MessagesOptions) {
    this.#stores = stores;
    this.#memory = options.memory;
    this.#log = options.log;
    this.#isPanelVisible = options.isPanelVisible;
    this.#started = new Set(this.#memory.get<string[]>(MEMORY, []));
    this.#subscription = stores.onDidChange(() => this.#look());
  }

  /** Tell of the end of this run. */
  async expect(run: string): Promise<void> {
    this.#started.add(run);
    await this.#save();
  }

  #save(): Thenable<void> {
    return this.#memory.update(MEMORY, [...this.#started]);
  }

  #look(): void {
    const ended = this.#stores.runs.filter(
      ({ run, state }) => this.#started.has(run) && state !== 'queued' && state !== 'running',
    );
    if (ended.length === 0) return;
    for (const run of ended) {
      this.#started.delete(run.run);
      this.#tell(run).catch((error: unknown) => this.#log.error(errorText(error)));
    }
    this.#save().then(undefined, (error: unknown) => this.#log.error(errorText(error)));
  }

  async #tell(run: RunSummary): Promise<void> {
    const text = sentence(run);
    if (text === undefined) return;
    const open = t('Open Panel');
    const answer = await say(run.state, text, this.#isPanelVisible() ? [] : [open]);
    if (answer === open) await vscode.commands.executeCommand('rectiscope.openPanel', run.run);
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}

/** What is said of an end; nothing of a stop, which the user asked for. */
function sentence(run: RunSummary): string | undefined {
  const { name, state, step, message } = run;
  if (state === 'finished') {
    return t('{0} has finished in {1}: {2}.', name, duration(run.seconds), errorRates(run) ?? t('no evaluation'));
  }
  const why = message === undefined ? '' : ` ${message}`;
  if (state === 'stalled') return t('{0} has stalled at step {1}: it does not learn.', name, step) + why;
  if (state === 'diverged') return t('{0} has diverged at step {1}: its loss is not finite.', name, step) + why;
  if (state === 'failed' || state === 'interrupted') return t('{0} could not go on.', name) + why;
  return undefined;
}

function say(state: RunState, text: string, actions: string[]): Thenable<string | undefined> {
  if (state === 'finished') return vscode.window.showInformationMessage(text, ...actions);
  if (state === 'failed' || state === 'interrupted') return vscode.window.showErrorMessage(text, ...actions);
  return vscode.window.showWarningMessage(text, ...actions);
}
