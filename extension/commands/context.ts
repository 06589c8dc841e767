/** What commands work with. */
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
  /** A folder of the extension's own, for a window without a workspace. */
  storageUri: vscode.Uri;
}
