/** How long the language server takes: from a keystroke to the marks, a completion and a hover, on the paper's Model C. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import {
  CompletionRequest,
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  HoverRequest,
  InitializedNotification,
  InitializeRequest,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { readRunFile } from '../server/run-file/read.ts';
import { systemClock } from '../server/system/clock.ts';
import { costlyTexts } from '../test/support/costly-texts.ts';
import { file, logProgress, machine, spread, writeSection } from './report.ts';

const modelC = file('../examples/paper/model-c-prelu.rectiscope.yaml');
const uri = pathToFileURL(modelC).href;
/** Keystrokes of each kind in a round. */
const KEYSTROKES = 20;

/** The text to replace and its replacement: the n-th keystroke of its kind. */
type Keystroke = (n: number) => { readonly old: RegExp; readonly text: string };

/** The text that an editor has open, and the server that it sends changes to. */
class Editor {
  readonly connection: ProtocolConnection;
  #document: TextDocument;
  #waiting: { version: number; done: (params: PublishDiagnosticsParams) => void } | undefined;

  constructor(connection: ProtocolConnection) {
    this.connection = connection;
    this.#document = TextDocument.create(uri, 'yaml', 1, readFileSync(modelC, 'utf8'));
    connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
      const waiting = this.#waiting;
      if (waiting && params.version === waiting.version) waiting.done(params);
    });
  }

  /** The marks of the current text. */
  marks(): Promise<PublishDiagnosticsParams> {
    return new Promise((done) => {
      this.#waiting = { version: this.#document.version, done };
    });
  }

  open(): Promise<void> {
    const textDocument = { uri, languageId: 'yaml', version: 1, text: this.#document.getText() };
    return this.connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
  }

  /** Replaces the first match. */
  type({ old, text }: ReturnType<Keystroke>): Promise<void> {
    const found = old.exec(this.#document.getText());
    if (!found) throw new Error(`the text has no ${old}`);
    const range = {
      start: this.#document.positionAt(found.index),
      end: this.#document.positionAt(found.index + found[0].length),
    };
    this.#document = TextDocument.update(this.#document, [{ range, text }], this.#document.version + 1);
    return this.connection.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version: this.#document.version },
      contentChanges: [{ range, text }],
    });
  }

  /** Where a word of the text ends. */
  after(word: string) {
    const position = this.#document.positionAt(this.#document.getText().lastIndexOf(word) + word.length);
    return { textDocument: { uri }, position };
  }
}

const slope: Keystroke = (n) => ({ old: /slope: [\d.]+/, text: `slope: 0.25${String(n).padStart(3, '0')}` });
const init: Keystroke = (n) => ({ old: /init: \w+/, text: `init: ${n % 2 === 0 ? 'xavier' : 'he'}` });
const unknown: Keystroke = (n) =>
  n % 2 === 0 ? { old: /seed: 1/, text: 'sead: 1' } : { old: /sead: 1/, text: 'seed: 1' };

/** Milliseconds from a keystroke to the answer of the request after it. */
async function timed(
  editor: Editor,
  keystroke: ReturnType<Keystroke>,
  answer: () => Promise<unknown>,
): Promise<number> {
  const before = systemClock.monotonic();
  await editor.type(keystroke);
  const answered = await answer();
  const took = systemClock.monotonic() - before;
  if (answered === null || (Array.isArray(answered) && answered.length === 0))
    throw new Error('the language server had no answer');
  return took;
}

/** One fresh language server: its start, then keystroke by keystroke. */
async function round(note: (what: string, milliseconds: number) => void): Promise<void> {
  const child = spawn(process.execPath, [file('../bin/rectiscope.mjs'), 'language-server', '--stdio'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const connection = createProtocolConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.listen();
  try {
    const started = systemClock.monotonic();
    await connection.sendRequest(InitializeRequest.type, { processId: process.pid, rootUri: null, capabilities: {} });
    await connection.sendNotification(InitializedNotification.type, {});
    const editor = new Editor(connection);
    const first = editor.marks();
    await editor.open();
    await first;
    note('from the start of the server to the first marks', systemClock.monotonic() - started);
    const marks = () => editor.marks();
    for (let n = 0; n < KEYSTROKES; n++) {
      note('marks after a digit of the slope, which changes every map', await timed(editor, slope(2 * n), marks));
      note('marks after another `init`', await timed(editor, init(n), marks));
      note('marks after an unknown key, and after its correction', await timed(editor, unknown(n), marks));
      note(
        'hover with predictions right after a digit of the slope',
        await timed(editor, slope(2 * n + 1), () => connection.sendRequest(HoverRequest.type, editor.after('model_c'))),
      );
      await editor.marks();
      note(
        'completion of values right after another `init`',
        await timed(editor, init(n + 1), () => connection.sendRequest(CompletionRequest.type, editor.after('init: '))),
      );
      await editor.marks();
    }
  } finally {
    connection.dispose();
    child.kill();
    await new Promise((resolve) => child.once('exit', resolve));
  }
}

/** Milliseconds in which each of the texts that are costliest to parse is read, once the code is compiled. */
function costliest(): number[] {
  const options = { fileName: 'costly.rectiscope.yaml', folder: '/', forCheck: true };
  return costlyTexts().map((text) => {
    readRunFile(text, options);
    const before = systemClock.monotonic();
    readRunFile(text, options);
    return systemClock.monotonic() - before;
  });
}

/** Measure, and write the section. */
export async function language({ rounds }: { rounds: number }): Promise<void> {
  const times = new Map<string, number[]>();
  for (let i = 0; i < rounds; i++) {
    await round((what, milliseconds) => times.set(what, [...(times.get(what) ?? []), milliseconds]));
    logProgress(`round ${i + 1}`);
  }
  times.set('reading 64 KB that are costly to parse, per text', costliest());
  writeSection('language', [
    '### How long the language server takes',
    '',
    `\`npm run bench -- language\`, ${machine()}; Model C of the paper (22 layers, 224×224); ${rounds} rounds of ${KEYSTROKES} keystrokes of each kind, each with a new server; wall-clock time, including the 20 ms for which the server waits for the next keystroke; median and range.`,
    '',
    '| | ms |',
    '|---|---|',
    ...[...times].map(([what, all]) => `| ${what} | ${spread(all, 1)} |`),
  ]);
}
