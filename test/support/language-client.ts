import { PassThrough } from 'node:stream';
import {
  type ClientCapabilities,
  createConnection,
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  InitializedNotification,
  InitializeRequest,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type TextDocumentContentChangeEvent,
} from 'vscode-languageserver/node';
import { listen } from '../../server/language/server.ts';

/** How long a publication may take, ms: a busy machine starts the server and looks at data in some seconds. */
const PATIENCE_MS = 30_000;

/** A language server and a client of it, joined by two streams in memory. */
export class LanguageClient {
  readonly connection: ProtocolConnection;
  /** Everything that was published, in order. */
  readonly published: PublishDiagnosticsParams[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #server: { dispose(): void };

  private constructor() {
    const toServer = new PassThrough();
    const toClient = new PassThrough();
    const server = createConnection(new StreamMessageReader(toServer), new StreamMessageWriter(toClient));
    listen(server);
    this.#server = server;
    this.connection = createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
    this.connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
      this.published.push(params);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.connection.listen();
  }

  /** Start both ends and shake hands. */
  static async start(capabilities: ClientCapabilities = {}, initializationOptions?: unknown): Promise<LanguageClient> {
    const client = new LanguageClient();
    await client.connection.sendRequest(InitializeRequest.type, {
      processId: null,
      rootUri: null,
      capabilities,
      initializationOptions,
    });
    await client.connection.sendNotification(InitializedNotification.type, {});
    return client;
  }

  open(uri: string, text: string): Promise<void> {
    const textDocument = { uri, languageId: 'yaml', version: 1, text };
    return this.connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
  }

  change(uri: string, version: number, contentChanges: TextDocumentContentChangeEvent[]): Promise<void> {
    return this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges,
    });
  }

  close(uri: string): Promise<void> {
    return this.connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
  }

  /** The first publication, already there or still to come, that a test accepts; fails where none comes. */
  async publication(accept: (params: PublishDiagnosticsParams) => boolean): Promise<PublishDiagnosticsParams> {
    const until = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = this.published.find(accept);
      if (found) return found;
      const last = this.published
        .at(-1)
        ?.diagnostics.map(({ range, message }) => `${range.start.line + 1}: ${message}`);
      await new Promise<void>((wake, fail) => {
        this.#waiting.push(wake);
        until.onabort = () => fail(new Error(`no such publication; the last one was [${last?.join('; ') ?? 'none'}]`));
      });
    }
  }

  async stop(): Promise<void> {
    await this.connection.sendRequest(ShutdownRequest.type);
    this.connection.dispose();
    this.#server.dispose();
  }
}
