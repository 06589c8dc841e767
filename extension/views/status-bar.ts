/** The one status bar item: the run that is training, or how the last one of this session ended. */
import * as vscode from 'vscode';
import { formatPercent } from '../../server/domain/numbers/format.ts';
import { formatDuration } from '../../server/domain/numbers/units.ts';
import type { TimeLeft } from '../../server/figures/time-left.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import type { Stores } from '../stores.ts';
import { epochs, errorRates, stateIcon, stateWord } from './words.ts';

const { t } = vscode.l10n;

const isLive = ({ state }: RunSummary): boolean => state === 'running' || state === 'queued';

export class StatusBar implements vscode.Disposable {
  readonly #stores: Stores;
  readonly #timeLeft: TimeLeft;
  readonly #item: vscode.StatusBarItem;
  readonly #subscription: vscode.Disposable;
  /** The run that was shown while it trained: its end is shown as well. */
  #last: string | undefined;

  constructor(stores: Stores, timeLeft: TimeLeft) {
    this.#stores = stores;
    this.#timeLeft = timeLeft;
    this.#item = vscode.window.createStatusBarItem('rectiscope.status', vscode.StatusBarAlignment.Left);
    this.#item.name = 'Rectiscope';
    this.#item.command = 'rectiscope.openPanel';
    this.#subscription = stores.onDidChange(() => this.#update());
    this.#update();
  }

  /** The text of the item; undefined while there is none. */
  get text(): string | undefined {
    return this.#shown() && this.#item.text;
  }

  #shown(): RunSummary | undefined {
    const live = this.#stores.runs.filter(isLive);
    const shown = live.findLast(({ state }) => state === 'running') ?? live.at(-1);
    if (shown) this.#last = shown.run;
    return shown ?? this.#stores.runs.find(({ run }) => run === this.#last);
  }

  #update(): void {
    const run = this.#shown();
    if (!run) {
      this.#item.hide();
      return;
    }
    const left = this.#timeLeft.of(run);
    const others = this.#stores.runs.filter((one) => isLive(one) && one.run !== run.run).length;
    const state = this.#stores.state;
    const lost = state.state === 'connected' ? undefined : t('not connected');
    const going = run.state === 'running' ? epochs(run) : stateWord(run.state);
    const parts = [
      run.name,
      lost ?? going,
      left === undefined ? undefined : t('{0} left', formatDuration(left)),
      run.top1 === undefined ? undefined : t('top-1 {0}', formatPercent(run.top1)),
      others > 0 ? t('+{0} more', others) : undefined,
    ].filter((part) => part !== undefined);
    this.#item.text = `$(${lost ? 'debug-disconnect' : stateIcon(run.state)}) ${parts.join(' · ')}`;
    const details = [...parts, errorRates(run), run.message, lost && state.message];
    this.#item.accessibilityInformation = { label: `Rectiscope: ${details.filter(Boolean).join(', ')}` };
    this.#item.tooltip = [
      `Rectiscope: ${run.name}`,
      stateWord(run.state),
      errorRates(run),
      run.message,
      lost && state.message,
      t('Click to open the panel.'),
    ]
      .filter(Boolean)
      .join('\n');
    this.#item.show();
  }

  dispose(): void {
    vscode.Disposable.from(this.#item, this.#subscription).dispose();
  }
}
