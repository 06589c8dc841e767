/** A run file as it is while it is being written: every request is answered at the end of every beginning of one. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import {
  CodeActionRequest,
  CodeLensRequest,
  CompletionRequest,
  DocumentFormattingRequest,
  DocumentRangeFormattingRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  HoverRequest,
  InlayHintRequest,
  LSPErrorCodes,
  PrepareRenameRequest,
  type Range,
  RenameRequest,
  ResponseError,
  SelectionRangeRequest,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { LanguageClient } from '../support/language-client.ts';

/** Texts a commit; a night may take 10,000: RECTISCOPE_LSP_FUZZ=10000. */
const numRuns = Math.ceil(Number(process.env['RECTISCOPE_LSP_FUZZ'] ?? 2000) / 10);
const seed = Number((process.env['RECTISCOPE_LSP_SEEDS'] ?? '1').split(',')[0]);

const root = fileURLToPath(new URL('../..', import.meta.url));
const texts = globSync('{examples,test/fixtures,test/vscode/fixture}/**/*.rectiscope.yaml', { cwd: root }).map((file) =>
  readFileSync(join(root, file), 'utf8'),
);

const mutations = fc.constantFrom(
  ...['', ' ', '\n', '\n  ', '- ', '{', '}', '[', ']', ': ', ',', '#', '"', "'", '/', '../', '\t', '\u0000', '\uD800'],
  ...[
    'name: ',
    'name: a',
    'init: {from: ',
    'source: ',
    '&a ',
    '*a',
    '!!map',
    '|\n',
    '---\n',
    'conv:',
    'global_average_pool',
  ],
);

/** A beginning of a text, with signs put into it or in place of others; and where the cursor is: mostly at the end. */
const written = fc
  .record({
    text: fc.constantFrom(...texts),
    cut: fc.nat(),
    changes: fc.array(fc.record({ at: fc.nat(), length: fc.nat(5), piece: mutations }), { maxLength: 3 }),
    cursor: fc.option(fc.nat(), { freq: 2 }),
  })
  .map(({ text, cut, changes, cursor }) => {
    let result = text.slice(0, cut % (text.length + 1));
    for (const { at, length, piece } of changes) {
      const start = at % (result.length + 1);
      result = result.slice(0, start) + piece + result.slice(start + length);
    }
    return { text: result, offset: cursor === null ? result.length : cursor % (result.length + 1) };
  });

/** An answer, or the refusal that who renames may get. */
async function refusable(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ResponseError && error.code === LSPErrorCodes.RequestFailed) return null;
    throw error;
  }
}

test('every request is answered, and what is completed stands around the cursor', async () => {
  const client = await LanguageClient.start({
    textDocument: { completion: { completionItem: { snippetSupport: true } } },
  });
  const { connection } = client;
  let number = 0;
  await fc.assert(
    fc.asyncProperty(written, async ({ text, offset }) => {
      const uri = `file:///nowhere/${++number}.rectiscope.yaml`;
      const textDocument = { uri };
      const document = TextDocument.create(uri, 'yaml', 1, text);
      const position = document.positionAt(offset);
      const range: Range = { start: { line: 0, character: 0 }, end: position };
      const options = { tabSize: 2, insertSpaces: true };
      await client.open(uri, text);
      const [completed] = await Promise.all([
        connection.sendRequest(CompletionRequest.type, { textDocument, position }),
        connection.sendRequest(HoverRequest.type, { textDocument, position }),
        connection.sendRequest(CodeActionRequest.type, { textDocument, range, context: { diagnostics: [] } }),
        connection.sendRequest(CodeLensRequest.type, { textDocument }),
        connection.sendRequest(InlayHintRequest.type, { textDocument, range }),
        connection.sendRequest(DocumentSymbolRequest.type, { textDocument }),
        connection.sendRequest(FoldingRangeRequest.type, { textDocument }),
        connection.sendRequest(SelectionRangeRequest.type, { textDocument, positions: [position] }),
        connection.sendRequest(DocumentFormattingRequest.type, { textDocument, options }),
        connection.sendRequest(DocumentRangeFormattingRequest.type, { textDocument, options, range }),
        refusable(connection.sendRequest(PrepareRenameRequest.type, { textDocument, position })),
        refusable(connection.sendRequest(RenameRequest.type, { textDocument, position, newName: 'stem' })),
      ]);
      for (const { textEdit, label } of Array.isArray(completed) ? completed : (completed?.items ?? [])) {
        assert.ok(textEdit && 'range' in textEdit, label);
        const { start, end } = textEdit.range;
        // Editors refuse an edit of a completion that runs over lines or leaves the cursor out.
        assert.equal(start.line, position.line, label);
        assert.equal(end.line, position.line, label);
        assert.ok(start.character <= position.character && position.character <= end.character, label);
      }
      await client.close(uri);
    }),
    { numRuns, seed },
  );
  await client.stop();
});
