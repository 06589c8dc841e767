/** Registers commands so that whatever goes wrong in one is told to the user. */
import * as vscode from 'vscode';
import { errorText, type Log } from '../log.ts';

/** Gets what the caller of the command hands over; menus and keybindings hand over anything. */
export type CommandHandler = (...words: unknown[]) => Promise<unknown>;

/** Register commands by their names without the prefix `rectiscope.`. */
export function registerCommands(handlers: Readonly<Record<string, CommandHandler>>, log: Log): vscode.Disposable {
  const registrations = Object.entries(handlers).map(([name, handler]) =>
    vscode.commands.registerCommand(`rectiscope.${name}`, async (...words: unknown[]) => {
      try {
        return await handler(...words);
      } catch (error) {
        log.error(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        const showLog = vscode.l10n.t('Show Log');
        // Not awaited: the command has ended, however long the message stands.
        void vscode.window.showErrorMessage(errorText(error), showLog).then((answer) => answer && log.show());
        return undefined;
      }
    }),
  );
  return vscode.Disposable.from(...registrations);
}
