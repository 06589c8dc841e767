/** The extension's log: an output channel whose level the user chooses. */
import * as vscode from 'vscode';

/** Where the extension writes what it does; wording for developers, never the only place of a user's message. */
export type Log = vscode.LogOutputChannel;

/** The channel “Rectiscope” of the Output view. */
export const createLog = (): Log => vscode.window.createOutputChannel('Rectiscope', { log: true });

/** What went wrong, for a user: our errors' messages are whole sentences. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
