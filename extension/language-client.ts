/** The language server, started when the first run file is opened: other YAML files cost nothing. */
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { errorText } from '../server/protocol/errors.ts';
import { PREDICTED } from '../server/protocol/hints.ts';
import { processFile } from '../server/system/processes.ts';
import { COMMANDS } from './commands/names.ts';
import type { Predictions } from './findings/predictions.ts';
import type { LiveHints } from './hints/live-hints.ts';
import type { Log } from './log.ts';
import { ownDiagnostics } from './own-diagnostics.ts';
import { isRunFile, RUN_FILE_SELECTOR } from './run-files.ts';

/** Whether Red Hat's YAML extension is installed (it starts with every YAML file) and reports a file's YAML errors. */
const yamlIsChecked = (file: vscode.Uri): boolean =>
  vscode.extensions.getExtension('redhat.vscode-yaml') !== undefined &&
  vscode.workspace.getConfiguration('yaml', file).get('validate', true);

export interface LanguageOptions {
  predictions: Predictions;
  hints: LiveHints;
  log: Log;
}

/** The language server's hints, with gradient predictions only where none was measured on the line. */
function withoutPredictions(hints: vscode.InlayHint[], measured: readonly vscode.InlayHint[]): vscode.InlayHint[] {
  const lines = new Set(measured.map(({ position }) => position.line));
  const isPrediction = (hint: vscode.InlayHint): boolean => 'data' in hint && hint.data === PREDICTED;
  return hints.filter((hint) => !(lines.has(hint.position.line) && isPrediction(hint)));
}

export class LanguageSupport implements vscode.Disposable {
  readonly #log: Log;
  readonly #predictions: Predictions;
  readonly #hints: LiveHints;
  readonly #subscription: vscode.Disposable;
  #client: LanguageClient | undefined;

  constructor({ predictions, hints, log }: LanguageOptions) {
    this.#predictions = predictions;
    this.#hints = hints;
    this.#log = log;
    this.#subscription = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument((document) => this.#startFor(document)),
      hints.onDidChange(() => this.#drawHints()),
    );
    for (const document of vscode.workspace.textDocuments) this.#startFor(document);
  }

  #startFor({ uri, languageId }: vscode.TextDocument): void {
    if (this.#client || languageId !== 'yaml' || !isRunFile(uri)) return;
    const server = { module: processFile('language'), transport: TransportKind.ipc };
    this.#client = new LanguageClient(
      'rectiscope',
      'Rectiscope',
      { run: server, debug: server },
      {
        documentSelector: [RUN_FILE_SELECTOR],
        outputChannel: this.#log,
        initializationOptions: { commands: COMMANDS },
        middleware: {
          handleDiagnostics: (file, diagnostics, next) => {
            const own = ownDiagnostics(diagnostics, { yamlIsChecked: yamlIsChecked(file) });
            this.#predictions.receive(file, own, (shown) => next(file, shown));
          },
          provideInlayHints: async (document, range, token, next) => {
            const measured = this.#hints.hintsIn(document, range);
            return [...withoutPredictions((await next(document, range, token)) ?? [], measured), ...measured];
          },
        },
      },
    );
    this.#client.start().catch((error: unknown) => {
      this.#log.error(errorText(error));
      void vscode.window.showErrorMessage(
        vscode.l10n.t('Run files can’t be checked: the language server did not start. {0}', errorText(error)),
      );
    });
  }

  /** Makes VS Code request the hints of all editors again. */
  #drawHints(): void {
    for (const document of vscode.workspace.textDocuments) {
      if (!isRunFile(document.uri)) continue;
      this.#client?.getFeature('textDocument/inlayHint').getProvider(document)?.onDidChangeInlayHints.fire();
    }
  }

  /** Ends the server; VS Code waits for it. */
  async stop(): Promise<void> {
    if (this.#client?.needsStop()) await this.#client.stop();
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}
