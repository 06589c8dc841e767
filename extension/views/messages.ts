/** Messages: only when a run that this window started has ended, stalled, diverged or failed. */
import * as vscode from 'vscode';
import { formatPercent } from '../../server/domain/numbers/format.ts';
import { formatDuration } from '../../server/domain/numbers/units.ts';
import { errorText } from '../../server/protocol/errors.ts';
import type { RunState } from '../../server/protocol/events.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import { isOver } from '../../server/protocol/run-state.ts';
import type { Log } from '../log.ts';
import type { Stores } from '../stores.ts';

const { t } = vscode.l10n;
/** Key of the workspace's memory: a reloaded window still counts as the one that started its runs. */
const MEMORY = 'rectiscope.startedRuns';

export interface MessagesOptions {
  memory: vscode.Memento;
  log: Log;
  /** Whether the panel is visible and need not be offered. */
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

  /** Report the end of this run. */
  async expect(run: string): Promise<void> {
    this.#started.add(run);
    await this.#save();
  }

  #save(): Thenable<void> {
    return this.#memory.update(MEMORY, [...this.#started]);
  }

  #look(): void {
    const ended = this.#stores.runs.filter(({ run, state }) => this.#started.has(run) && isOver(state));
    if (ended.length === 0) return;
    for (const run of ended) {
      this.#started.delete(run.run);
      this.#report(run).catch((error: unknown) => this.#log.error(errorText(error)));
    }
    this.#save().then(undefined, (error: unknown) => this.#log.error(errorText(error)));
  }

  async #report(run: RunSummary): Promise<void> {
    const text = sentence(run);
    if (text === undefined) return;
    const open = t('Open Panel');
    const answer = await show(run.state, text, this.#isPanelVisible() ? [] : [open]);
    if (answer === open) await vscode.commands.executeCommand('rectiscope.openPanel', run.run);
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}

/**
 * The message on an end; none on a stop, which the user requested. A toast shows some sixty letters, so the panel and the
 * diagnostics give the reason; only what appears nowhere else is given in full.
 */
function sentence(run: RunSummary): string | undefined {
  const { name, state, step, top1, message } = run;
  if (state === 'finished') {
    const error = top1 === undefined ? t('no evaluation') : t('top-1 error {0}', formatPercent(top1));
    return t('{0} finished in {1}: {2}.', name, formatDuration(run.seconds), error);
  }
  if (state === 'stalled') return t('{0} stalled at step {1}: it does not learn.', name, step);
  if (state === 'diverged') return t('{0} diverged at step {1}.', name, step);
  if (state === 'failed' || state === 'interrupted')
    return t('{0} could not continue.', name) + (message === undefined ? '' : ` ${message}`);
  return undefined;
}

function show(state: RunState, text: string, actions: string[]): Thenable<string | undefined> {
  if (state === 'finished') return vscode.window.showInformationMessage(text, ...actions);
  if (state === 'failed' || state === 'interrupted') return vscode.window.showErrorMessage(text, ...actions);
  return vscode.window.showWarningMessage(text, ...actions);
}
