/** The window that the tests run in: the extension's parts, its commands, its files. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Parts } from '../../../extension/extension.ts';
import type { HostMessage, PanelMessage } from '../../../server/protocol/panel.ts';
import type { RunSummary } from '../../../server/protocol/requests.ts';
import { until } from './until.ts';

export const execute = <T>(command: string, ...words: unknown[]): Thenable<T> =>
  vscode.commands.executeCommand<T>(`rectiscope.${command}`, ...words);

export const fileOf = (name: string): vscode.Uri => {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'a folder is open');
  return vscode.Uri.joinPath(folder.uri, `${name}.rectiscope.yaml`);
};

/** Open a run file of the fixture in the first group. */
export const open = async (name: string): Promise<vscode.TextDocument> => {
  const { document } = await vscode.window.showTextDocument(fileOf(name), { viewColumn: vscode.ViewColumn.One });
  return document;
};

/** Change a text in the editor; nothing is saved. */
export const replaceText = async (document: vscode.TextDocument, from: string | RegExp, to: string): Promise<void> => {
  const edit = new vscode.WorkspaceEdit();
  const all = new vscode.Range(0, 0, document.lineCount, 0);
  edit.replace(document.uri, all, document.getText().replace(from, to));
  assert.ok(await vscode.workspace.applyEdit(edit));
};

export const undo = (): Thenable<unknown> => vscode.commands.executeCommand('undo');

/** The extension, once a run file has activated it. */
export async function extension(): Promise<{ parts: Parts; packageJson: Manifest }> {
  const found = vscode.extensions.getExtension('rectiscope.rectiscope');
  assert.ok(found, 'the extension is there');
  await open('tiny');
  await until('the run file activates the extension', () => found.isActive);
  assert.ok(found.exports, 'the extension shows its parts to tests');
  return { parts: found.exports as Parts, packageJson: found.packageJSON as Manifest };
}

export interface Manifest {
  contributes: { commands: { command: string }[] };
}

/** What page and host say to each other from now on. */
export function listen({ panel }: Parts) {
  const said: (HostMessage | PanelMessage)[] = [];
  panel.onMessage((message) => said.push(message));
  const hostSaid = <K extends HostMessage['type']>(type: K) =>
    said.filter((message): message is Extract<HostMessage, { type: K }> => message.type === type);
  return { said, hostSaid };
}

/** Wait for a run's end in a state. */
export const ended = ({ stores }: Parts, run: string, as: RunSummary['state']): Promise<true> =>
  until(`${run} is ${as}`, () => stores.run(run)?.state === as, 120_000);
