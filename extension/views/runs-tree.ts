/** The tree of runs: each with its state, progress and errors; by workspace folder where there are several stores. */
import * as vscode from 'vscode';
import { formatCount, formatPercent } from '../../server/domain/numbers/format.ts';
import { formatDuration } from '../../server/domain/numbers/units.ts';
import { nameOf } from '../../server/figures/run-name.ts';
import type { TimeLeft } from '../../server/figures/time-left.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';
import type { Stores } from '../stores.ts';
import { epochs, errorRates, stateColor, stateIcon, stateWord } from './words.ts';

const { t } = vscode.l10n;

/** `1 finding`, `3 findings`; undefined if there are none. */
function findingsWord({ findings }: RunSummary): string | undefined {
  if (findings === 0) return undefined;
  return findings === 1 ? t('1 finding') : t('{0} findings', findings);
}

/** Short enough for a side bar: what changes comes first. */
function description(run: RunSummary, left: number | undefined): string {
  const progress =
    run.steps > 0 && run.state === 'running' ? `${Math.floor((100 * run.step) / run.steps)} %` : undefined;
  const parts = [
    progress ?? stateWord(run.state),
    left === undefined ? undefined : t('{0} left', formatDuration(left)),
    run.top1 === undefined ? undefined : t('top-1 {0}', formatPercent(run.top1)),
    findingsWord(run),
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

function tooltip(run: RunSummary, left: number | undefined): string {
  const lines = [
    `${run.name} (${run.run})`,
    [stateWord(run.state), epochs(run)].filter(Boolean).join(', '),
    run.message,
    errorRates(run),
    run.best && t('best top-1 error {0}, at step {1}', formatPercent(run.best.top1), formatCount(run.best.step)),
    left === undefined ? undefined : t('{0} left', formatDuration(left)),
    run.seconds > 0 ? t('trained for {0}', formatDuration(run.seconds)) : undefined,
    run.backend && t('on {0}, {1}', run.backend, run.device ?? ''),
    findingsWord(run),
    run.starred ? t('starred') : undefined,
    run.tags.length > 0 ? t('tags: {0}', run.tags.join(', ')) : undefined,
    run.note,
    new Date(run.created).toLocaleString(),
    vscode.workspace.asRelativePath(run.file),
  ];
  return lines.filter(Boolean).join('\n');
}

/** The actions that a run allows: menus show their entries accordingly. */
function contextValue({ state, findings, starred }: RunSummary): string {
  const does = state === 'running' || state === 'queued' ? 'stoppable' : state === 'finished' ? 'ended' : 'resumable';
  return `run ${does}${findings > 0 ? ' found' : ''} ${starred ? 'starred' : 'plain'}`;
}

export class RunsTree implements vscode.TreeDataProvider<string>, vscode.Disposable {
  readonly #stores: Stores;
  readonly #timeLeft: TimeLeft;
  readonly #changed = new vscode.EventEmitter<string | string[] | undefined>();
  readonly #subscription: vscode.Disposable;
  readonly view: vscode.TreeView<string>;
  /** The content of each row, in order. */
  #shown: ReadonlyMap<string, string> = new Map();

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(stores: Stores, timeLeft: TimeLeft) {
    this.#stores = stores;
    this.#timeLeft = timeLeft;
    this.view = vscode.window.createTreeView('rectiscope.runs', { treeDataProvider: this, canSelectMany: true });
    this.#subscription = stores.onDidChange(() => this.#update());
    const lookIfVisible = () => this.view.visible && void stores.look({ start: true });
    this.view.onDidChangeVisibility(lookIfVisible);
    lookIfVisible();
    this.#update();
  }

  #update(): void {
    const running = this.#stores.runs.filter(({ state }) => state === 'running').length;
    this.view.badge = running === 0 ? undefined : { value: running, tooltip: t('{0} running', running) };
    const { state, message } = this.#stores.state;
    if (state === 'connected') delete this.view.message;
    else this.view.message = message ?? '';
    void vscode.commands.executeCommand('setContext', 'rectiscope.hasRuns', this.#stores.runs.length > 0);
    void vscode.commands.executeCommand('setContext', 'rectiscope.connection', state);
    this.#redraw();
  }

  /** Redraws the rows whose content changed; all rows only when a run was added or removed. */
  #redraw(): void {
    const { runs } = this.#stores;
    const rows = new Map(
      runs.map((run) => {
        const { name, starred, tags, note } = run;
        return [run.run, JSON.stringify([description(run, this.#timeLeft.of(run)), name, starred, tags, note])];
      }),
    );
    const sameRows = [...rows.keys()].join() === [...this.#shown.keys()].join();
    const changed = [...rows.keys()].filter((run) => rows.get(run) !== this.#shown.get(run));
    this.#shown = rows;
    if (!sameRows) this.#changed.fire(undefined);
    else if (changed.length > 0) this.#changed.fire(changed);
  }

  getChildren(run?: string): string[] {
    return run === undefined ? this.#stores.runs.map((one) => one.run) : [];
  }

  getTreeItem(id: string): vscode.TreeItem {
    const item = new vscode.TreeItem(id);
    item.id = id;
    const run = this.#stores.run(id);
    // Removed between the list and the request: the next list is on its way.
    if (!run) return item;
    const left = this.#timeLeft.of(run);
    const color = stateColor(run.state);
    item.label = `${run.starred ? '★ ' : ''}${nameOf(id, this.#stores.runs)}`;
    item.description = description(run, left);
    item.tooltip = tooltip(run, left);
    item.iconPath = new vscode.ThemeIcon(
      stateIcon(run.state),
      color === undefined ? undefined : new vscode.ThemeColor(color),
    );
    item.contextValue = contextValue(run);
    item.accessibilityInformation = { label: `${run.name}, ${tooltip(run, left).replaceAll('\n', ', ')}` };
    item.command = { command: 'rectiscope.openPanel', title: t('Open Panel'), arguments: [id] };
    return item;
  }

  dispose(): void {
    vscode.Disposable.from(this.view, this.#subscription, this.#changed).dispose();
  }
}
