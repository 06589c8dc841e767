/** Saves what the panel exports where the user chooses. */
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { PanelMessage } from '../../server/protocol/panel.ts';
import { activeRunFile } from '../run-files.ts';

type SaveMessage = Extract<PanelMessage, { type: 'save' }>;

/** Where the dialog starts: the folder of the run file in view, else the workspace's. */
function startFolder(): vscode.Uri | undefined {
  const file = activeRunFile();
  return file?.with({ path: dirname(file.path) }) ?? vscode.workspace.workspaceFolders?.[0]?.uri;
}

/** Asks where to save a text and saves it; does nothing if the user cancels. */
export async function saveText({ name, mime, text }: SaveMessage): Promise<void> {
  const folder = startFolder();
  const filters = mime === 'text/csv' ? { CSV: ['csv'] } : { SVG: ['svg'] };
  // The name is only a proposal of the page: its last part counts.
  const defaultUri = folder && vscode.Uri.joinPath(folder, basename(name));
  const chosen = await vscode.window.showSaveDialog({ filters, ...(defaultUri && { defaultUri }) });
  if (chosen) await vscode.workspace.fs.writeFile(chosen, new TextEncoder().encode(text));
}
