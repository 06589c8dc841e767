/**
 * The language server's predictions for each run file, except those that a run has measured with the same rule on the same line:
 * one diagnostic is enough, and the measured one is more informative.
 */
import * as vscode from 'vscode';

/** A rule, and the line (from 0) of its finding. */
export interface Mark {
  readonly rule: string;
  readonly line: number;
}

const keyOf = ({ rule, line }: Mark): string => `${rule} ${line}`;

const markOf = ({ code, range }: vscode.Diagnostic): Mark => ({
  rule: String(typeof code === 'object' ? code.value : code),
  line: range.start.line,
});

/** The language server's last diagnostics of a file, and the function that shows them. */
interface Received {
  readonly diagnostics: vscode.Diagnostic[];
  readonly show: (diagnostics: vscode.Diagnostic[]) => void;
}

export class Predictions implements vscode.Disposable {
  readonly #received = new Map<string, Received>();
  readonly #measured = new Map<string, ReadonlySet<string>>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();

  /** The language server's diagnostics of a file changed. */
  readonly onDidChange = this.#changed.event;

  /** Takes the language server's diagnostics of a file; `show` receives the visible ones, now and whenever they change. */
  receive(uri: vscode.Uri, diagnostics: vscode.Diagnostic[], show: Received['show']): void {
    this.#received.set(uri.toString(), { diagnostics, show });
    // First: a measured finding is worded differently if it was predicted.
    this.#changed.fire(uri);
    this.#show(uri);
  }

  /** Whether the same was predicted on the same line. */
  has(uri: vscode.Uri, measured: Mark): boolean {
    const predicted = this.#received.get(uri.toString())?.diagnostics ?? [];
    return predicted.some((one) => keyOf(markOf(one)) === keyOf(measured));
  }

  /** Sets what a file's run has measured and need not be shown as a prediction, too. */
  setMeasured(uri: vscode.Uri, measured: readonly Mark[]): void {
    const marks = new Set(measured.map(keyOf));
    const before = this.#measured.get(uri.toString()) ?? new Set();
    if (marks.size === before.size && marks.isSubsetOf(before)) return;
    if (marks.size === 0) this.#measured.delete(uri.toString());
    else this.#measured.set(uri.toString(), marks);
    this.#show(uri);
  }

  #show(uri: vscode.Uri): void {
    const received = this.#received.get(uri.toString());
    const measured = this.#measured.get(uri.toString());
    received?.show(received.diagnostics.filter((one) => !measured?.has(keyOf(markOf(one)))));
    // A closed file has nothing to show again.
    if (received?.diagnostics.length === 0) this.#received.delete(uri.toString());
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
