/** Registers commands so that every failure is shown to the user. */
import * as vscode from 'vscode';
import { errorCode, errorText } from '../../server/protocol/errors.ts';
import type { Log } from '../log.ts';
import { Refusal } from '../refusal.ts';

/** Receives the arguments of the command's caller; menus and keybindings may pass anything. */
export type CommandHandler = (...words: unknown[]) => Promise<unknown>;

/** Register commands by their names without the prefix `rectiscope.`. */
export function registerCommands(handlers: Readonly<Record<string, CommandHandler>>, log: Log): vscode.Disposable {
  const registrations = Object.entries(handlers).map(([name, handler]) =>
    vscode.commands.registerCommand(`rectiscope.${name}`, async (...words: unknown[]) => {
      try {
        return await handler(...words);
      } catch (error) {
        showFailure(name, error, log);
        return undefined;
      }
    }),
  );
  return vscode.Disposable.from(...registrations);
}

/** A refusal, which the user can resolve, is only shown; for anything else the log has the details. */
function showFailure(name: string, error: unknown, log: Log): void {
  if (error instanceof Refusal) {
    void vscode.window.showWarningMessage(error.message);
    return;
  }
  log.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const actions = errorCode(error) === undefined ? [vscode.l10n.t('Show Log')] : [];
  // Not awaited: the command is done while the message is still visible.
  void vscode.window.showErrorMessage(errorText(error), ...actions).then((answer) => answer && log.show());
}
