/** Watches the files of the runs that a page draws, and tells which of their fixes still fit. */
import * as vscode from 'vscode';
import type { FindingEvent } from '../../server/protocol/events.ts';
import type { FixState, HostMessage } from '../../server/protocol/panel.ts';
import type { Delta, RunSnapshot } from '../../server/protocol/requests.ts';
import { fixState } from './fix-state.ts';

interface Watched {
  readonly file: string;
  /** As it was run. */
  readonly text: string;
  readonly findings: FindingEvent[];
}

export class FixWatch implements vscode.Disposable {
  readonly #runs = new Map<string, Watched>();
  readonly #post: (message: HostMessage) => void;
  readonly #fail: (error: unknown) => void;
  readonly #subscription: vscode.Disposable;

  constructor(options: { post: (message: HostMessage) => void; fail: (error: unknown) => void }) {
    this.#post = options.post;
    this.#fail = options.fail;
    this.#subscription = vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length === 0) return;
      for (const [run, { file }] of this.#runs) if (file === document.uri.fsPath) this.#tell(run);
    });
  }

  /** A run whose snapshot was sent. */
  take({ summary, text, findings }: RunSnapshot): void {
    this.#runs.set(summary.run, { file: summary.file, text, findings: [...findings] });
    this.#tell(summary.run);
  }

  /** A new finding may have a fix. */
  takeDelta({ run, event }: Delta): void {
    if (event.event !== 'finding') return;
    this.#runs.get(run)?.findings.push(event);
    this.#tell(run);
  }

  forget(run: string): void {
    this.#runs.delete(run);
  }

  #tell(run: string): void {
    this.#read(run).catch(this.#fail);
  }

  async #read(run: string): Promise<void> {
    const watched = this.#runs.get(run);
    if (watched === undefined || watched.findings.every(({ fix }) => fix === undefined)) return;
    const now = await textOf(watched.file);
    const fixes: Record<string, FixState> = {};
    for (const { rule, fix } of watched.findings)
      if (fix !== undefined) fixes[rule] = now === undefined ? 'changed' : fixState(watched.text, now, fix.edits);
    this.#post({ type: 'fixes', run, fixes });
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}

/** A file as the editor has it; undefined where it is not there any more. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    return (await vscode.workspace.openTextDocument(vscode.Uri.file(file))).getText();
  } catch {
    // Moved or deleted: no fix fits it, which is all that is asked.
    return undefined;
  }
}
