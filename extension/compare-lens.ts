/**
 * The lens *Compare with last run* above a run file that was trained at least twice: the newest run beside the one before
 * it. The language server knows no runs; its lenses stand in the same row.
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
  /** All runs as they were told last: a lens changes where one comes or goes, not while one trains. */
  #told = '';

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(stores: Stores) {
    this.#stores = stores;
    this.#subscription = vscode.Disposable.from(
      this.#changed,
      vscode.languages.registerCodeLensProvider(RUN_FILE_SELECTOR, this),
      stores.onDidChange(() => {
        const told = stores.runs.map(({ run, name }) => `${run} ${name}`).join();
        if (told === this.#told) return;
        this.#told = told;
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
