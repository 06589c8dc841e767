/** The extension's log: an output channel whose level the user chooses. */
import * as vscode from 'vscode';

/** Where the extension writes what it does; wording for developers, never the only place of a user's message. */
export type Log = vscode.LogOutputChannel;

/** The channel “Rectiscope” of the Output view. */
export const createLog = (): Log => vscode.window.createOutputChannel('Rectiscope', { log: true });
