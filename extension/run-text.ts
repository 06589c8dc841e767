/**
 * Run files as they were run: read-only documents with the scheme `rectiscope-run`, for the diff of two runs and for a run
 * whose file is gone.
 */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { type RunSummary, Show } from '../server/protocol/requests.ts';
import type { Stores } from './stores.ts';

const SCHEME = 'rectiscope-run';

/** URI of the document; the file's name comes last, for tabs and language detection. */
export const runTextUri = ({ run, file }: Pick<RunSummary, 'run' | 'file'>): vscode.Uri =>
  vscode.Uri.from({ scheme: SCHEME, path: `/${run}/${basename(file)}` });

/** Serves the documents from the run store. */
export function provideRunTexts(stores: Stores): vscode.Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
    provideTextDocumentContent: async (uri) => {
      const run = uri.path.split('/')[1] ?? '';
      return (await stores.request(run, Show, { run })).text;
    },
  });
}
