import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CodeActionKind,
  type CodeLens,
  type Connection,
  type InitializeParams,
  type InitializeResult,
  type PublishDiagnosticsParams,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type Checked, checkRunFile } from '../run-file/check.ts';
import { WeightOutlines } from '../weight-file.ts';
import { actionsAt } from './actions.ts';
import { completionsAt } from './completion.ts';
import { diagnosticsOf } from './diagnostics.ts';
import { hoverAt } from './hover.ts';
import { textConfiguration } from './text.ts';

/** Between the first change and the answer, milliseconds: what is typed within it is judged together. */
const delay = 20;

/** Only run files are judged, whatever YAML the client sends. */
const isRunFile = (uri: string): boolean => /\.rectiscope\.(?:ya?ml|json)$/i.test(uri);

interface Known {
  readonly version: number;
  readonly analysis: Checked;
}

/** File name and folder of a document, by its address alone. */
function placeOf(uri: string): { fileName: string; folder: string } {
  if (uri.startsWith('file:')) {
    try {
      const file = fileURLToPath(uri);
      return { fileName: basename(file), folder: dirname(file) };
    } catch {
      // An address that names no file of this machine: what follows does without one.
    }
  }
  const path = uri.replace(/^[a-z][\w+.-]*:(?:\/\/[^/]*)?/i, '');
  const slash = path.lastIndexOf('/');
  return { fileName: safeDecode(path.slice(slash + 1)), folder: path.slice(0, slash) || '/' };
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Bytes that are no UTF-8: the name is only shown, so its escapes may stay.
    return text;
  }
}

/**
 * Serve one client over a connection: mistakes and predictions as diagnostics, completion, hovers, quick fixes, and the
 * lenses *Train* and *Check*. Everything is worked out from the text, and from the weights
 * that it names (`init: {from}`).
 */
export function listen(connection: Connection): void {
  const documents = new TextDocuments(textConfiguration);
  const known = new Map<string, Known>();
  const timers = new Map<string, NodeJS.Timeout>();
  const outlines = new WeightOutlines();
  let snippets = false;

  const forget = (uri: string): void => {
    clearTimeout(timers.get(uri));
    timers.delete(uri);
  };

  const send = (params: PublishDiagnosticsParams): void => {
    // A client that has gone can't be told, and needn't be: its going ends this server.
    const tell = async (): Promise<void> => connection.sendDiagnostics(params);
    tell().catch(() => undefined);
  };

  /** What is known of the document as it is now. */
  const analysisOf = (document: TextDocument): Checked => {
    const last = known.get(document.uri);
    if (last?.version === document.version) return last.analysis;
    const analysis = checkRunFile(document.getText(), {
      ...placeOf(document.uri),
      // What is not on the disk has no folder that a path could be relative to.
      ...(document.uri.startsWith('file:') && { readStored: outlines.read }),
    });
    known.set(document.uri, { version: document.version, analysis });
    return analysis;
  };

  const refresh = (uri: string): void => {
    timers.delete(uri);
    const document = documents.get(uri);
    if (document) send({ uri, version: document.version, diagnostics: diagnosticsOf(analysisOf(document)) });
  };

  connection.onInitialize(({ capabilities }: InitializeParams): InitializeResult => {
    snippets = capabilities.textDocument?.completion?.completionItem?.snippetSupport ?? false;
    return {
      capabilities: {
        textDocumentSync: TextDocumentSyncKind.Incremental,
        completionProvider: { triggerCharacters: [' ', ':', '{', '[', ',', '-'] },
        hoverProvider: true,
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.RefactorRewrite] },
        codeLensProvider: {},
      },
      serverInfo: { name: 'rectiscope' },
    };
  });

  documents.onDidChangeContent(({ document: { uri } }) => {
    // The first change starts the wait and later ones do not prolong it: whoever types on is answered all the same.
    if (isRunFile(uri) && !timers.has(uri)) timers.set(uri, setTimeout(refresh, delay, uri));
  });
  documents.onDidClose(({ document: { uri } }) => {
    forget(uri);
    if (known.delete(uri)) send({ uri, diagnostics: [] });
  });

  connection.onShutdown(() => {
    for (const uri of [...timers.keys()]) forget(uri);
  });

  const runFile = (uri: string): TextDocument | undefined => (isRunFile(uri) ? documents.get(uri) : undefined);

  connection.onHover(({ textDocument, position }) => {
    const document = runFile(textDocument.uri);
    return document ? hoverAt(analysisOf(document), position.line, position.character) : null;
  });
  connection.onCompletion(({ textDocument, position }) => {
    const document = runFile(textDocument.uri);
    if (!document) return [];
    const toRange = (start: number, end: number) => ({
      start: document.positionAt(start),
      end: document.positionAt(end),
    });
    return completionsAt(document.getText(), document.offsetAt(position), { toRange, snippets });
  });
  connection.onCodeAction(({ textDocument, range }) => {
    const document = runFile(textDocument.uri);
    return document ? actionsAt(analysisOf(document), textDocument.uri, range) : [];
  });
  connection.onCodeLens(({ textDocument }) => (runFile(textDocument.uri) ? lenses(textDocument.uri) : []));

  documents.listen(connection);
  connection.listen();
}

/** *Train* and *Check* above the file's first line; the extension registers the commands. */
function lenses(uri: string): CodeLens[] {
  const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  return [
    { range, command: { title: 'Train', command: 'rectiscope.train', arguments: [uri] } },
    { range, command: { title: 'Check', command: 'rectiscope.check', arguments: [uri] } },
  ];
}
