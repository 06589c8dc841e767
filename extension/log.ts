/** The extension's log: an output channel whose level the user chooses. */
import * as vscode from 'vscode';

/** The extension's log, worded for developers; never the only place of a message to the user. */
export type Log = vscode.LogOutputChannel;

/** The channel “Rectiscope” of the Output view. */
export const createLog = (): Log => vscode.window.createOutputChannel('Rectiscope', { log: true });
