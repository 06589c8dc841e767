import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CodeActionRequest,
  CodeLensRequest,
  CompletionRequest,
  createProtocolConnection,
  DidOpenTextDocumentNotification,
  DocumentFormattingRequest,
  DocumentRangeFormattingRequest,
  DocumentSymbolRequest,
  ExitNotification,
  FoldingRangeRequest,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  InlayHintRequest,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  RenameRequest,
  SelectionRangeRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';

const text = `network:
  input: [14, 14, 1]
  init: xavier
  layers:
    - conv: {filters: 8, kernel: 3, repeat: 29}
    - dense: {units:  10}
`;
const cli = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));
const main = fileURLToPath(new URL('../../server/language/main.ts', import.meta.url));

for (const [name, words] of [
  ['the bundle’s own entry', [main, '--stdio']],
  ['rectiscope language-server', [cli, 'language-server', '--stdio']],
] as const) {
  test(`${name}: every advertised request is answered over standard input and output`, async () => {
    const server = spawn(process.execPath, [...words], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(server, 'exit');
    const connection = createProtocolConnection(
      new StreamMessageReader(server.stdout),
      new StreamMessageWriter(server.stdin),
    );
    const published = new Promise<PublishDiagnosticsParams>((resolve) => {
      connection.onNotification(PublishDiagnosticsNotification.type, resolve);
    });
    connection.listen();
    const { capabilities, serverInfo } = await connection.sendRequest(InitializeRequest.type, {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      initializationOptions: { commands: ['check'] },
    });
    assert.equal(serverInfo?.name, 'rectiscope');
    const uri = 'file:///folder/run.rectiscope.yaml';
    const textDocument = { uri };
    await connection.sendNotification(InitializedNotification.type, {});
    await connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: 'yaml', version: 1, text },
    });
    assert.ok((await published).diagnostics.some(({ code }) => code === 'vanishing-gradient'));
    const position = { line: 2, character: 10 };
    const onLayer = { line: 4, character: 8 };
    const range = { start: position, end: position };
    const whole = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
    const context = { diagnostics: [] };
    const options = { tabSize: 2, insertSpaces: true };
    const ask: Record<string, () => Promise<unknown>> = {
      hoverProvider: () => connection.sendRequest(HoverRequest.type, { textDocument, position }),
      completionProvider: () => connection.sendRequest(CompletionRequest.type, { textDocument, position }),
      codeActionProvider: () => connection.sendRequest(CodeActionRequest.type, { textDocument, range, context }),
      codeLensProvider: () => connection.sendRequest(CodeLensRequest.type, { textDocument }),
      inlayHintProvider: () => connection.sendRequest(InlayHintRequest.type, { textDocument, range: whole }),
      documentSymbolProvider: () => connection.sendRequest(DocumentSymbolRequest.type, { textDocument }),
      foldingRangeProvider: () => connection.sendRequest(FoldingRangeRequest.type, { textDocument }),
      selectionRangeProvider: () =>
        connection.sendRequest(SelectionRangeRequest.type, { textDocument, positions: [position] }),
      documentFormattingProvider: () =>
        connection.sendRequest(DocumentFormattingRequest.type, { textDocument, options }),
      documentRangeFormattingProvider: () =>
        connection.sendRequest(DocumentRangeFormattingRequest.type, { textDocument, options, range: whole }),
      renameProvider: () =>
        connection.sendRequest(RenameRequest.type, { textDocument, position: onLayer, newName: 'stem' }),
    };
    const said = Object.keys(capabilities).filter((capability) => capability.endsWith('Provider'));
    assert.deepEqual(said.toSorted(), Object.keys(ask).toSorted());
    for (const [capability, request] of Object.entries(ask)) {
      const answer = await request();
      assert.ok(Array.isArray(answer) ? answer.length > 0 : answer, capability);
    }
    await connection.sendRequest(ShutdownRequest.type);
    await connection.sendNotification(ExitNotification.type);
    assert.deepEqual(await ended, [0, null]);
    connection.dispose();
  });
}
