/** Context shared by the commands. */
import type * as vscode from 'vscode';
import type { Log } from '../log.ts';
import type { Panel } from '../panel/panel.ts';
import type { Stores } from '../stores.ts';
import type { Messages } from '../views/messages.ts';

export interface CommandContext {
  stores: Stores;
  panel: Panel;
  messages: Messages;
  log: Log;
  /** Folder of the extension. */
  extensionUri: vscode.Uri;
  /** The extension's own folder, for a window without a workspace. */
  storageUri: vscode.Uri;
}
