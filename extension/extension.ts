/** Entry point for VS Code: builds the parts of the extension and wires them together. */
import * as vscode from 'vscode';
import { TimeLeft } from '../server/figures/time-left.ts';
import { commandsOf } from './commands/commands.ts';
import { registerCommands } from './commands/register.ts';
import { CompareLens } from './compare-lens.ts';
import { LiveFindings } from './findings/live-findings.ts';
import { Predictions } from './findings/predictions.ts';
import { provideQuickFixes } from './findings/quick-fix.ts';
import { LiveHints } from './hints/live-hints.ts';
import { LanguageSupport } from './language-client.ts';
import { createLog } from './log.ts';
import { mcpServers, provideMcpServers } from './mcp-servers.ts';
import { PANEL_TYPE, Panel } from './panel/panel.ts';
import { provideRunTexts } from './run-text.ts';
import { Stores } from './stores.ts';
import { Messages } from './views/messages.ts';
import { RunsTree } from './views/runs-tree.ts';
import { StatusBar } from './views/status-bar.ts';

/** The API for tests inside the extension host; other extensions get nothing. */
export interface Parts {
  stores: Stores;
  tree: RunsTree;
  statusBar: StatusBar;
  panel: Panel;
  mcpServers: typeof mcpServers;
}

let language: LanguageSupport | undefined;

export function activate(context: vscode.ExtensionContext): Parts | undefined {
  const { extensionUri, workspaceState: memory, globalStorageUri: storageUri } = context;
  const log = createLog();
  const stores = new Stores(log);
  const timeLeft = new TimeLeft();
  // Before the views, which show its results.
  const progress = stores.onDidChange(() => timeLeft.take(stores.runs));
  const tree = new RunsTree(stores, timeLeft);
  const statusBar = new StatusBar(stores, timeLeft);
  const panel = new Panel({ extensionUri, memory, stores, log });
  const messages = new Messages(stores, { memory, log, isPanelVisible: () => panel.isVisible });
  const predictions = new Predictions();
  const findings = new LiveFindings(stores, predictions, log);
  const hints = new LiveHints(stores, log);
  language = new LanguageSupport({ predictions, hints, log });
  context.subscriptions.push(
    log,
    stores,
    progress,
    tree,
    statusBar,
    messages,
    panel,
    predictions,
    findings,
    hints,
    language,
    new CompareLens(stores),
    provideQuickFixes(findings),
    provideRunTexts(stores),
    provideMcpServers(),
    vscode.window.registerWebviewPanelSerializer(PANEL_TYPE, panel),
    registerCommands(commandsOf({ stores, panel, messages, log, extensionUri, storageUri }), log),
  );
  // Connects to a server that is already running, from before a reload; a file that is only read starts none.
  void stores.look();
  return context.extensionMode === vscode.ExtensionMode.Test
    ? { stores, tree, statusBar, panel, mcpServers }
    : undefined;
}

/** VS Code waits for the language server to end; the training server keeps running. */
export const deactivate = (): Promise<void> | undefined => language?.stop();
