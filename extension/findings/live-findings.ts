/**
 * Findings of training as diagnostics on the run file's line: those of each file's latest run, as long as the file is
 * the one that was run.
 */
import * as vscode from 'vscode';
import { errorText } from '../../server/protocol/errors.ts';
import type { FindingEvent } from '../../server/protocol/events.ts';
import { isInRunFile } from '../../server/protocol/finding-place.ts';
import { type RunSummary, Show } from '../../server/protocol/requests.ts';
import type { Log } from '../log.ts';
import { isRunFile, RUN_FILE_PATTERN } from '../run-files.ts';
import type { Stores } from '../stores.ts';
import { toSeverity } from './edits.ts';
import type { Mark, Predictions } from './predictions.ts';

/** A run's findings and the text that they refer to. */
interface Found {
  readonly run: string;
  /** Number of findings, and of those that have ended. */
  readonly count: string;
  readonly text: string;
  readonly findings: readonly PlacedFinding[];
}

/** A finding on a line of the run file: others have no place in it. */
type PlacedFinding = FindingEvent & { line: number; column: number };

export class LiveFindings implements vscode.Disposable {
  readonly #stores: Stores;
  readonly #log: Log;
  readonly #predictions: Predictions;
  readonly #collection = vscode.languages.createDiagnosticCollection('rectiscope-runs');
  readonly #subscriptions: vscode.Disposable[];
  /** By the file's path. */
  readonly #found = new Map<string, Found>();
  /** Runs whose findings were requested, with the count that the server had sent. */
  readonly #requested = new Map<string, string>();

  constructor(stores: Stores, predictions: Predictions, log: Log) {
    this.#stores = stores;
    this.#predictions = predictions;
    this.#log = log;
    const watcher = vscode.workspace.createFileSystemWatcher(RUN_FILE_PATTERN, true);
    this.#subscriptions = [
      this.#collection,
      watcher,
      watcher.onDidChange((file) => this.#refresh(file.fsPath)),
      watcher.onDidDelete((file) => this.#hide(file)),
      predictions.onDidChange((file) => this.#refresh(file.fsPath)),
      stores.onDidChange(() => this.#look()),
      vscode.workspace.onDidOpenTextDocument(() => this.#look()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.#refresh(document.uri.fsPath)),
    ];
    this.#look();
  }

  /** The finding behind a diagnostic; undefined for one of the language server's. */
  findingOf(file: vscode.Uri, { message }: vscode.Diagnostic): FindingEvent | undefined {
    const findings = this.#found.get(file.fsPath)?.findings ?? [];
    return findings.find((finding) => [false, true].some((predicted) => messageOf(finding, predicted) === message));
  }

  /** Fetches new findings: of runs that train, and of open files. */
  #look(): void {
    const open = new Set(
      vscode.workspace.textDocuments.filter(({ uri }) => isRunFile(uri)).map(({ uri }) => uri.fsPath),
    );
    const latest = new Map<string, RunSummary>();
    for (const run of this.#stores.runs) if (!latest.has(run.file)) latest.set(run.file, run);
    for (const file of this.#found.keys()) {
      if (latest.get(file)?.run !== this.#found.get(file)?.run) this.#forget(file);
    }
    for (const [file, run] of latest) {
      const isWanted = run.state === 'running' || open.has(file);
      if (!isWanted || run.findings === 0) continue;
      const count = countOf(run);
      if (this.#found.get(file)?.count === count || this.#requested.get(run.run) === count) continue;
      this.#requested.set(run.run, count);
      this.#fetch(file, run).catch((error: unknown) => {
        this.#requested.delete(run.run);
        this.#log.warn(`The findings of ${run.run} could not be read: ${errorText(error)}`);
      });
    }
  }

  async #fetch(file: string, run: RunSummary): Promise<void> {
    const { text, findings } = await this.#stores.request(run.run, Show, { run: run.run });
    this.#found.set(file, {
      run: run.run,
      count: countOf(run),
      text,
      findings: findings.filter(isInRunFile).filter(({ recovered }) => recovered === undefined),
    });
    await this.#mark(file);
  }

  #forget(file: string): void {
    this.#found.delete(file);
    this.#hide(vscode.Uri.file(file));
  }

  #refresh(file: string): void {
    if (!this.#found.has(file)) return;
    this.#mark(file).catch((error: unknown) => this.#log.warn(errorText(error)));
  }

  /** Shows a file's findings, or none if its text has changed: the lines, and perhaps the findings, would be wrong. */
  async #mark(file: string): Promise<void> {
    const uri = vscode.Uri.file(file);
    const document = await vscode.workspace.openTextDocument(uri);
    const found = this.#found.get(file);
    const isSame = found?.text === document.getText();
    this.#show(document, isSame ? (found?.findings ?? []) : []);
  }

  #show(document: vscode.TextDocument, findings: readonly PlacedFinding[]): void {
    const { uri } = document;
    const mark = ({ rule, line }: PlacedFinding): Mark => ({ rule, line: line - 1 });
    const isPredicted = (finding: PlacedFinding): boolean => this.#predictions.has(uri, mark(finding));
    this.#collection.set(uri, diagnosticsOf(findings, { document, isPredicted }));
    // Consequences listed beneath their cause count as shown, too.
    this.#predictions.setMeasured(uri, findings.map(mark));
  }

  #hide(uri: vscode.Uri): void {
    this.#collection.delete(uri);
    this.#predictions.setMeasured(uri, []);
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }
}

/** Changes when a finding appears or ends. */
const countOf = ({ findings, recovered = 0 }: RunSummary): string => `${findings} ${recovered}`;

/** The measured finding; a prediction of the same is merged into it, all others are shown by the language server. */
const messageOf = ({ message, step }: FindingEvent, isPredicted: boolean): string =>
  isPredicted
    ? vscode.l10n.t('{0} (measured at step {1}, as predicted before training)', message, step)
    : vscode.l10n.t('{0} (measured at step {1})', message, step);

interface Surroundings {
  readonly document: vscode.TextDocument;
  /** Whether the same was predicted on the same line. */
  readonly isPredicted: (finding: PlacedFinding) => boolean;
}

/** One diagnostic per cause; its consequences are listed beneath, not underlined as separate faults. */
function diagnosticsOf(findings: readonly PlacedFinding[], surroundings: Surroundings): vscode.Diagnostic[] {
  const rules = new Set(findings.map(({ rule }) => rule));
  const isCause = ({ cause }: FindingEvent): boolean => cause === undefined || !rules.has(cause);
  return findings.filter(isCause).map((finding) => {
    const diagnostic = toDiagnostic(finding, surroundings);
    diagnostic.relatedInformation = findings
      .filter(({ cause }) => cause === finding.rule)
      .map((other) => {
        const { range, message } = toDiagnostic(other, surroundings);
        return new vscode.DiagnosticRelatedInformation(new vscode.Location(surroundings.document.uri, range), message);
      });
    return diagnostic;
  });
}

/** From the finding's position to the end of the line, without its comment. */
function toDiagnostic(finding: PlacedFinding, { document, isPredicted }: Surroundings): vscode.Diagnostic {
  const at = document.lineAt(Math.min(finding.line, document.lineCount) - 1);
  const end = at.text.replace(/\s+#.*$/, '').trimEnd().length;
  const start = Math.min(finding.column - 1, end);
  const range = new vscode.Range(at.lineNumber, start, at.lineNumber, Math.max(end, start));
  const diagnostic = new vscode.Diagnostic(
    range,
    messageOf(finding, isPredicted(finding)),
    toSeverity(finding.severity),
  );
  diagnostic.source = 'rectiscope';
  diagnostic.code = finding.rule;
  return diagnostic;
}
