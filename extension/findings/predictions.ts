/**
 * What the language server predicts of each run file, apart from what a run has measured of the same rule on the same line:
 * one diagnostic is enough, and the measured one says more.
 */
import * as vscode from 'vscode';

/** A rule, and the line (from 0) that it is told on. */
export interface Mark {
  readonly rule: string;
  readonly line: number;
}

const keyOf = ({ rule, line }: Mark): string => `${rule} ${line}`;

const markOf = ({ code, range }: vscode.Diagnostic): Mark => ({
  rule: String(typeof code === 'object' ? code.value : code),
  line: range.start.line,
});

/** What the language server said last of a file, and how it is shown. */
interface Received {
  readonly diagnostics: vscode.Diagnostic[];
  readonly show: (diagnostics: vscode.Diagnostic[]) => void;
}

export class Predictions implements vscode.Disposable {
  readonly #received = new Map<string, Received>();
  readonly #measured = new Map<string, ReadonlySet<string>>();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();

  /** The language server said something else of a file. */
  readonly onDidChange = this.#changed.event;

  /** Take what the language server says of a file; `show` gets what is to be seen of it, now and whenever that changes. */
  receive(uri: vscode.Uri, diagnostics: vscode.Diagnostic[], show: Received['show']): void {
    this.#received.set(uri.toString(), { diagnostics, show });
    // First: what is measured may be told in other words where it was predicted.
    this.#changed.fire(uri);
    this.#show(uri);
  }

  /** Whether the same was predicted on the same line. */
  has(uri: vscode.Uri, measured: Mark): boolean {
    const predicted = this.#received.get(uri.toString())?.diagnostics ?? [];
    return predicted.some((one) => keyOf(markOf(one)) === keyOf(measured));
  }

  /** Say what a file's run has measured: that need not be shown as a prediction, too. */
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
    // Of a file that was closed nothing is to be said again.
    if (received?.diagnostics.length === 0) this.#received.delete(uri.toString());
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
