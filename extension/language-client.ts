/** The language server, started when the first run file is opened: whoever writes other YAML pays nothing. */
import * as vscode from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';
import { processFile } from '../server/processes.ts';
import { COMMANDS } from './commands/names.ts';
import { errorText, type Log } from './log.ts';
import { isRunFile, RUN_FILE_SELECTOR } from './run-files.ts';
import { toldHere } from './told-here.ts';

/** Whether Red Hat's YAML extension is there (it wakes with every YAML file) and tells what is wrong with a file as YAML. */
const yamlIsChecked = (file: vscode.Uri): boolean =>
  vscode.extensions.getExtension('redhat.vscode-yaml') !== undefined &&
  vscode.workspace.getConfiguration('yaml', file).get('validate', true);

export class LanguageSupport implements vscode.Disposable {
  readonly #log: Log;
  readonly #opened: vscode.Disposable;
  #client: LanguageClient | undefined;

  constructor(log: Log) {
    this.#log = log;
    this.#opened = vscode.workspace.onDidOpenTextDocument((document) => this.#startFor(document));
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
          handleDiagnostics: (file, diagnostics, next) =>
            next(file, toldHere(diagnostics, { yamlIsChecked: yamlIsChecked(file) })),
        },
      },
    );
    this.#client.start().catch((error: unknown) => {
      this.#log.error(errorText(error));
      void vscode.window.showErrorMessage(
        vscode.l10n.t('Run files are not checked: the language server did not start. {0}', errorText(error)),
      );
    });
  }

  /** Ends the server; VS Code waits for it. */
  async stop(): Promise<void> {
    if (this.#client?.needsStop()) await this.#client.stop();
  }

  dispose(): void {
    this.#opened.dispose();
  }
}
