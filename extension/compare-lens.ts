/**
 * The lens *Compare with last run* above a run file that was trained at least twice: the newest run beside the one before
 * it. The language server does not know about runs; its lenses appear in the same row.
 */
import * as vscode from 'vscode';
import { nameOf } from '../server/figures/run-name.ts';
import type { RunSummary } from '../server/protocol/requests.ts';
import { RUN_FILE_SELECTOR } from './run-files.ts';
import type { Stores } from './stores.ts';

const { t } = vscode.l10n;

export class CompareLens implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #stores: Stores;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;
  /** The last list of runs: a lens changes when a run is added or removed, not while one trains. */
  #listed = '';

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(stores: Stores) {
    this.#stores = stores;
    this.#subscription = vscode.Disposable.from(
      this.#changed,
      vscode.languages.registerCodeLensProvider(RUN_FILE_SELECTOR, this),
      stores.onDidChange(() => {
        const listed = stores.runs.map(({ run, name }) => `${run} ${name}`).join();
        if (listed === this.#listed) return;
        this.#listed = listed;
        this.#changed.fire();
      }),
    );
  }

  provideCodeLenses({ uri }: vscode.TextDocument): vscode.CodeLens[] {
    const [last, before] = this.#stores.runs.filter(({ file }) => file === uri.fsPath);
    if (!last || !before) return [];
    const pair: RunSummary[] = [before, last];
    const command: vscode.Command = {
      title: t('Compare with last run'),
      command: 'rectiscope.compare',
      arguments: [undefined, pair.map(({ run }) => run)],
      tooltip: t('{0} ↔ {1}', nameOf(before.run, pair), nameOf(last.run, pair)),
    };
    return [new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), command)];
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}
