/** *Install the Native Runtime*: the command line's own installation, in a terminal where its progress is seen. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Refusal } from '../refusal.ts';
import type { CommandContext } from './context.ts';

const { t } = vscode.l10n;

/** Fetch and build the TensorFlow runtime; it can be interrupted and repeated. */
export async function installRuntime({ extensionUri }: CommandContext): Promise<void> {
  if (!vscode.workspace.isTrusted) throw new Refusal(t('A program is installed only from a workspace that you trust.'));
  const program = join(extensionUri.fsPath, 'dist', 'cli.mjs');
  // In desktop VS Code this process is Electron, which acts as Node only when it is told to.
  const options = { env: { ELECTRON_RUN_AS_NODE: '1' } };
  const execution = new vscode.ProcessExecution(process.execPath, [program, 'runtime', 'install'], options);
  const definition = { type: 'process' };
  const name = t('Install the native runtime');
  const scope = vscode.workspace.workspaceFolders ? vscode.TaskScope.Workspace : vscode.TaskScope.Global;
  const task = new vscode.Task(definition, scope, name, 'Rectiscope', execution, []);
  await vscode.tasks.executeTask(task);
}
