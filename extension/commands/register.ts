/** Registers commands so that whatever goes wrong in one is told to the user. */
import * as vscode from 'vscode';
import { errorCode, errorText } from '../../server/protocol/errors.ts';
import type { Log } from '../log.ts';
import { Refusal } from '../refusal.ts';

/** Gets what the caller of the command hands over; menus and keybindings hand over anything. */
export type CommandHandler = (...words: unknown[]) => Promise<unknown>;

/** Register commands by their names without the prefix `rectiscope.`. */
export function registerCommands(handlers: Readonly<Record<string, CommandHandler>>, log: Log): vscode.Disposable {
  const registrations = Object.entries(handlers).map(([name, handler]) =>
    vscode.commands.registerCommand(`rectiscope.${name}`, async (...words: unknown[]) => {
      try {
        return await handler(...words);
      } catch (error) {
        tell(name, error, log);
        return undefined;
      }
    }),
  );
  return vscode.Disposable.from(...registrations);
}

/** What is the user's to mend is said and no more; of anything else the log knows more. */
function tell(name: string, error: unknown, log: Log): void {
  if (error instanceof Refusal) {
    void vscode.window.showWarningMessage(error.message);
    return;
  }
  log.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const actions = errorCode(error) === undefined ? [vscode.l10n.t('Show Log')] : [];
  // Not awaited: the command has ended, however long the message stands.
  void vscode.window.showErrorMessage(errorText(error), ...actions).then((answer) => answer && log.show());
}
