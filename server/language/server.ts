import {
  CodeActionKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
  LSPErrorCodes,
  type PublishDiagnosticsParams,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Checked } from '../run-file/check.ts';
import { baseName } from '../run-file/paths.ts';
import { actionsAt } from './actions.ts';
import { isOnDisk, placeOf } from './address.ts';
import { Analyses } from './analyses.ts';
import { completionsAt } from './completion.ts';
import { cursorAt } from './cursor.ts';
import { diagnosticsOf } from './diagnostics.ts';
import { foldsOf } from './folding.ts';
import { formattingOf } from './formatting.ts';
import { hoverAt } from './hover.ts';
import { inlayHintsIn } from './inlay-hints.ts';
import { lensesOf } from './lenses.ts';
import { pathCompletions } from './path-completion.ts';
import { RenameRefusal, renamableAt, renameEdits } from './rename.ts';
import { selectionAt } from './selection.ts';
import { askHintSettings, DEFAULT_HINTS, readHintSettings } from './settings.ts';
import { symbolsOf } from './symbols.ts';
import { textConfiguration } from './text.ts';

/** Between the first change and the answer, milliseconds: changes within it are analysed together. */
const delay = 20;

/** Only run files are analysed, whatever YAML the client sends. */
const isRunFile = (uri: string): boolean => /\.rectiscope\.(?:ya?ml|json)$/i.test(uri);

/**
 * Serves one client over a connection: mistakes and predictions as diagnostics, completion, hovers, quick fixes, hints
 * beside the layers, lenses, the outline, folding, selection, formatting, and renaming of layers. Everything is computed from the
 * text, the weights that it names (`init: {from}`), and another process's results on its data.
 */
export function listen(connection: Connection): void {
  const documents = new TextDocuments(textConfiguration);
  const timers = new Map<string, NodeJS.Timeout>();
  let snippets = false;
  /** Commands that the client has, without the prefix `rectiscope.`. */
  let commands: ReadonlySet<string> = new Set();
  /** The settings of a file: requested from a client that supports it, else those sent at the start. */
  let hintSettings = async (_uri: string) => DEFAULT_HINTS;

  const forget = (uri: string): void => {
    clearTimeout(timers.get(uri));
    timers.delete(uri);
  };

  const send = (params: PublishDiagnosticsParams): void => {
    // A client that has exited can't be notified, and needn't be: its exit ends this server.
    const send = async (): Promise<void> => connection.sendDiagnostics(params);
    send().catch(() => undefined);
  };

  const refresh = (uri: string): void => {
    timers.delete(uri);
    const document = documents.get(uri);
    if (!document) return;
    const { checked, failures } = analyses.of(document);
    send({ uri, version: document.version, diagnostics: diagnosticsOf(checked, failures) });
  };

  const analyses = new Analyses({
    onChange: (uri) => {
      // A pending update will include this change.
      if (!timers.has(uri)) refresh(uri);
    },
    onFault: (message) => connection.console.error(message),
  });
  const analysisOf = (document: TextDocument): Checked => analyses.of(document).checked;

  connection.onInitialize(({ capabilities, initializationOptions }: InitializeParams): InitializeResult => {
    const given = startOptions(initializationOptions);
    commands = new Set(given.commands);
    hintSettings = capabilities.workspace?.configuration
      ? (uri) => askHintSettings(connection, uri)
      : async () => readHintSettings(given.inlayHints);
    snippets = capabilities.textDocument?.completion?.completionItem?.snippetSupport ?? false;
    return {
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        completionProvider: { triggerCharacters: [' ', ':', '{', '[', ',', '-', '/'] },
        hoverProvider: true,
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.RefactorRewrite] },
        codeLensProvider: {},
        inlayHintProvider: true,
        documentSymbolProvider: true,
        foldingRangeProvider: true,
        selectionRangeProvider: true,
        documentFormattingProvider: true,
        documentRangeFormattingProvider: true,
        // A client without prepare support would not understand the options.
        renameProvider: capabilities.textDocument?.rename?.prepareSupport ? { prepareProvider: true } : true,
      },
      serverInfo: { name: 'rectiscope' },
    };
  });

  documents.onDidChangeContent(({ document: { uri } }) => {
    // The first change starts the wait and later ones do not prolong it: continuous typing still gets answers.
    if (isRunFile(uri) && !timers.has(uri)) timers.set(uri, setTimeout(refresh, delay, uri));
  });
  documents.onDidClose(({ document: { uri } }) => {
    forget(uri);
    if (analyses.forget(uri)) send({ uri, diagnostics: [] });
  });

  connection.onShutdown(() => {
    for (const uri of [...timers.keys()]) forget(uri);
    analyses.close();
  });

  const runFile = (uri: string): TextDocument | undefined => (isRunFile(uri) ? documents.get(uri) : undefined);

  connection.onHover(({ textDocument, position }) => {
    const document = runFile(textDocument.uri);
    return document ? hoverAt(analysisOf(document), position.line, position.character) : null;
  });
  connection.onCompletion(({ textDocument: { uri }, position }) => {
    const document = runFile(uri);
    const text = document?.getText() ?? '';
    const cursor = document && cursorAt(text, document.offsetAt(position));
    if (!document || !cursor) return [];
    const toRange = (start: number, end: number) => ({
      start: document.positionAt(start),
      end: document.positionAt(end),
    });
    const { fileName, folder } = placeOf(uri);
    const items = completionsAt(cursor, { toRange, snippets, name: baseName(fileName) });
    // A document that is not on the disk has no folder that a path could be relative to.
    if (!cursor.value || !isOnDisk(uri)) return items;
    return pathCompletions(text, cursor, { toRange, folder }).then((paths) => [...items, ...paths]);
  });
  connection.onCodeAction(({ textDocument, range }) => {
    const document = runFile(textDocument.uri);
    return document ? actionsAt(analysisOf(document), textDocument.uri, range) : [];
  });
  connection.onCodeLens(({ textDocument: { uri } }) => {
    const document = runFile(uri);
    return document ? lensesOf(analysisOf(document), uri, commands) : [];
  });
  connection.languages.inlayHint.on(async ({ textDocument: { uri }, range }) => {
    const settings = await hintSettings(uri);
    // Looked up after the wait: the text may have changed by then.
    const document = runFile(uri);
    return document ? inlayHintsIn(analysisOf(document), range, settings) : [];
  });
  connection.onDocumentSymbol(({ textDocument }) => {
    const document = runFile(textDocument.uri);
    return document ? symbolsOf(analysisOf(document)) : [];
  });
  connection.onFoldingRanges(({ textDocument }) => {
    const document = runFile(textDocument.uri);
    return document ? foldsOf(analysisOf(document).runFile.positions) : [];
  });
  connection.onSelectionRanges(({ textDocument, positions }) => {
    const document = runFile(textDocument.uri);
    return document ? positions.map((position) => selectionAt(analysisOf(document).runFile.positions, position)) : null;
  });
  connection.onDocumentFormatting(({ textDocument, options }) => {
    const document = runFile(textDocument.uri);
    return document ? formattingOf(document.getText(), options) : [];
  });
  connection.onDocumentRangeFormatting(({ textDocument, options, range }) => {
    const document = runFile(textDocument.uri);
    return document ? formattingOf(document.getText(), options, range) : [];
  });
  connection.onPrepareRename(({ textDocument, position }) => {
    const document = runFile(textDocument.uri);
    return document ? refusable(() => renamableAt(analysisOf(document), position.line, position.character)) : null;
  });
  connection.onRenameRequest(({ textDocument: { uri }, position, newName }) => {
    const document = runFile(uri);
    if (!document) return null;
    const mistakesOf = (text: string) => analyses.read(uri, text).mistakes;
    const edits = refusable(() => renameEdits(analysisOf(document), position, { newName, mistakesOf }));
    return { changes: { [uri]: edits } };
  });

  documents.listen(connection);
  connection.listen();
}

/** The client shows a refusal to the user as the error of the request. */
function refusable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RenameRefusal) throw new ResponseError(LSPErrorCodes.RequestFailed, error.message);
    throw error;
  }
}

/** What a client declares at the start; any of it may be missing or invalid. */
function startOptions(value: unknown): { commands: string[]; inlayHints: unknown } {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const { commands, inlayHints } = given;
  const names = Array.isArray(commands) ? commands.filter((name) => typeof name === 'string') : [];
  return { commands: names, inlayHints };
}
