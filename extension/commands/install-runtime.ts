/** *Install the Native Runtime*: the command line's installation, in a terminal that shows its progress. */
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Refusal } from '../refusal.ts';
import type { CommandContext } from './context.ts';

const { t } = vscode.l10n;

/** Fetches and builds the TensorFlow runtime; can be interrupted and repeated. */
export async function installRuntime({ extensionUri }: CommandContext): Promise<void> {
  if (!vscode.workspace.isTrusted) throw new Refusal(t('The runtime can be installed only from a trusted workspace.'));
  const program = join(extensionUri.fsPath, 'dist', 'cli.mjs');
  // In desktop VS Code this process is Electron, which runs as Node only with this variable.
  const options = { env: { ELECTRON_RUN_AS_NODE: '1' } };
  const execution = new vscode.ProcessExecution(process.execPath, [program, 'runtime', 'install'], options);
  const definition = { type: 'process' };
  const name = t('Install the native runtime');
  const scope = vscode.workspace.workspaceFolders ? vscode.TaskScope.Workspace : vscode.TaskScope.Global;
  const task = new vscode.Task(definition, scope, name, 'Rectiscope', execution, []);
  await vscode.tasks.executeTask(task);
}
