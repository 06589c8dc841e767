import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import {
  CancellationTokenSource,
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
  RenameRequest,
  ResponseError,
  SelectionRangeRequest,
  type TextDocumentContentChangeEvent,
} from 'vscode-languageserver/node';
import { diagnosticsOf } from '../../server/language/diagnostics.ts';
import { textConfiguration } from '../../server/language/text.ts';
import { checkRunFile } from '../../server/run-file/check.ts';
import { LanguageClient } from '../support/language-client.ts';

/** Edits a commit; a night may take 10,000 on 20 seeds: RECTISCOPE_LSP_FUZZ=10000. */
const edits = Number(process.env['RECTISCOPE_LSP_FUZZ'] ?? 2000);
const seeds = (process.env['RECTISCOPE_LSP_SEEDS'] ?? '1').split(',').map(Number);

const example = readFileSync(new URL('../../examples/he-30.rectiscope.yaml', import.meta.url), 'utf8');

/** A small generator of numbers below a bound (mulberry32): the test must repeat itself. */
function generator(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

/** The naive model: the offset of a position by splitting the text into lines. */
function offsetOf(text: string, line: number, character: number): number {
  const parts = text.split(/(\r\n|\r|\n)/);
  let offset = 0;
  for (let i = 0; i < parts.length; i += 2) {
    if (i / 2 === line) return offset + Math.min(character, parts[i]?.length ?? 0);
    offset += (parts[i]?.length ?? 0) + (parts[i + 1]?.length ?? 0);
  }
  return text.length;
}

const pieces = [
  ...[
    'a',
    ': ',
    ':',
    '\n',
    '\r\n',
    '\r',
    '  ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ',',
    '😀',
    '\uD83D',
    'é',
    '#',
    '"',
    '\t',
    '',
    '',
  ],
  ...[
    'init: he\n',
    '  momentum: 2\n',
    '- conv: {filters: 3, kernel: 3}\n',
    'network:',
    'unknown',
    '&a',
    '*a',
    '10 steps',
    '-1',
  ],
];

interface Edit {
  readonly change: TextDocumentContentChangeEvent;
  readonly text: string;
}

/** A random edit of a text and the text that the model makes of it. Now and then everything is replaced. */
function randomEdit(text: string, random: (bound: number) => number): Edit {
  if (text.length > 6000 || random(100) === 0) return { change: { text: example }, text: example };
  const lines = text.split(/\r\n|\r|\n/).length;
  const start = { line: random(lines + 2), character: random(60) };
  const end = random(3) === 0 ? start : { line: Math.max(0, start.line + random(3) - 1), character: random(80) };
  const piece = pieces[random(pieces.length)] ?? '';
  const a = offsetOf(text, start.line, start.character);
  const b = offsetOf(text, end.line, end.character);
  const edited = text.slice(0, Math.min(a, b)) + piece + text.slice(Math.max(a, b));
  return { change: { range: { start, end }, text: piece }, text: edited };
}

/** An answer, or the refusal that a request for a rename may get: a sentence, not a fault. */
async function refusable(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ResponseError && error.code === LSPErrorCodes.RequestFailed) return error.message;
    throw error;
  }
}

for (const seed of seeds) {
  test(`${edits} edits, seed ${seed}: the server’s text is the model’s, \\r\\n and pairs of units included`, () => {
    const random = generator(seed);
    let text = example;
    let document = textConfiguration.create('file:///a', 'yaml', 0, text);
    for (let version = 1; version <= edits; version++) {
      const edit = randomEdit(text, random);
      document = textConfiguration.update(document, [edit.change], version);
      text = edit.text;
      assert.equal(document.getText(), text);
    }
  });

  test(`${edits} edits, seed ${seed}: requests and cancels between, each answered once, marks as of a fresh reading`, async () => {
    const random = generator(seed + 1000);
    const client = await LanguageClient.start();
    const uri = 'file:///folder/fuzz.rectiscope.yaml';
    const textDocument = { uri };
    let text = example;
    await client.open(uri, text);
    let answered = 0;
    const asked: Promise<void>[] = [];
    const ask = (): void => {
      const position = { line: random(60), character: random(80) };
      const range = { start: position, end: position };
      const options = { tabSize: random(10), insertSpaces: random(2) === 0 };
      const source = new CancellationTokenSource();
      const { connection } = client;
      const answers = [
        () => connection.sendRequest(HoverRequest.type, { textDocument, position }, source.token),
        () => connection.sendRequest(CompletionRequest.type, { textDocument, position }, source.token),
        () =>
          connection.sendRequest(
            CodeActionRequest.type,
            { textDocument, range, context: { diagnostics: [] } },
            source.token,
          ),
        () => connection.sendRequest(CodeLensRequest.type, { textDocument }, source.token),
        () => connection.sendRequest(InlayHintRequest.type, { textDocument, range }, source.token),
        () => connection.sendRequest(DocumentSymbolRequest.type, { textDocument }, source.token),
        () => connection.sendRequest(FoldingRangeRequest.type, { textDocument }, source.token),
        () => connection.sendRequest(SelectionRangeRequest.type, { textDocument, positions: [position] }, source.token),
        () => connection.sendRequest(DocumentFormattingRequest.type, { textDocument, options }, source.token),
        () =>
          connection.sendRequest(DocumentRangeFormattingRequest.type, { textDocument, options, range }, source.token),
        () => refusable(connection.sendRequest(PrepareRenameRequest.type, { textDocument, position }, source.token)),
        () =>
          refusable(
            connection.sendRequest(RenameRequest.type, { textDocument, position, newName: 'stem' }, source.token),
          ),
      ];
      const answer = answers[random(answers.length)]?.();
      assert.ok(answer);
      const cancelled = random(4) === 0;
      if (cancelled) source.cancel();
      const settle = async (): Promise<void> => {
        try {
          await answer;
        } catch (error) {
          // A request that was cancelled may be refused; no other may.
          assert.ok(cancelled, String(error));
        }
        answered++;
      };
      asked.push(settle());
    };
    for (let version = 2; version <= edits + 1; version++) {
      const edit = randomEdit(text, random);
      text = edit.text;
      await client.change(uri, version, [edit.change]);
      if (random(2) === 0) ask();
      // Most users wait for an answer before they type on; some requests pile up.
      if (random(4) > 0) await Promise.all(asked);
      if (version % 50 === 0) {
        await Promise.all(asked);
        const { diagnostics } = await client.publication((params) => params.uri === uri && params.version === version);
        const place = { fileName: 'fuzz.rectiscope.yaml', folder: '/folder' };
        assert.deepEqual(diagnostics, diagnosticsOf(checkRunFile(text, place)));
        client.published.length = 0;
      }
    }
    await Promise.all(asked);
    assert.equal(answered, asked.length);
    assert.ok(answered > edits / 3);
    await client.stop();
  });
}
