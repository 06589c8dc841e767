/**
 * The panel: one page beside the editor, created on demand and rebuilt from a snapshot whenever VS Code shows it
 * again. A hidden page keeps nothing.
 */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { panelHtml } from '../../server/panel/panel-html.ts';
import { Relay } from '../../server/panel/relay.ts';
import { errorText } from '../../server/protocol/errors.ts';
import type { HostMessage, PanelMessage } from '../../server/protocol/panel.ts';
import type { Log } from '../log.ts';
import type { Stores } from '../stores.ts';
import { act, editorTexts } from './editor-host.ts';

export const PANEL_TYPE = 'rectiscope.panel';
/** Keys of the workspace's memory: a reopened panel shows what the previous one showed. */
const SAVED = 'rectiscope.panel.saved';
const CHOSEN = 'rectiscope.panel.chosen';

export interface PanelOptions {
  extensionUri: vscode.Uri;
  memory: vscode.Memento;
  stores: Stores;
  log: Log;
}

export class Panel implements vscode.Disposable, vscode.WebviewPanelSerializer {
  readonly #options: PanelOptions;
  readonly #messages = new vscode.EventEmitter<HostMessage | PanelMessage>();
  #panel: vscode.WebviewPanel | undefined;
  #relay: Relay | undefined;

  /** All messages between page and host. */
  readonly onMessage = this.#messages.event;

  constructor(options: PanelOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#panel !== undefined;
  }

  get isVisible(): boolean {
    return this.#panel?.visible ?? false;
  }

  /** Opens the panel beside the editor, or brings it to the front; draws `runs` if any are named. */
  open({ runs, preserveFocus }: { runs?: readonly string[]; preserveFocus: boolean }): void {
    if (this.#panel) {
      this.#panel.reveal(undefined, preserveFocus);
      if (runs) this.#relay?.show(runs);
      return;
    }
    const viewColumn = vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    const panel = vscode.window.createWebviewPanel(PANEL_TYPE, 'Rectiscope', { viewColumn, preserveFocus });
    this.#take(panel, runs ?? []);
  }

  /** A run was started from here: the first one opens the panel, later ones appear in it. Never takes the focus. */
  follow(run: string): void {
    if (!this.#panel)
      this.open({ runs: [...this.#options.memory.get<string[]>(CHOSEN, []), run], preserveFocus: true });
  }

  /** VS Code restores a panel of an earlier window; the page itself remembers what it drew. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.#panel?.dispose();
    this.#take(panel, []);
  }

  #take(panel: vscode.WebviewPanel, show: readonly string[]): void {
    const { extensionUri, memory, stores, log } = this.#options;
    const { webview } = panel;
    const dist = vscode.Uri.joinPath(extensionUri, 'dist');
    webview.options = { enableScripts: true, localResourceRoots: [dist] };
    const icon = (theme: string) => vscode.Uri.joinPath(extensionUri, 'media', `panel-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    const remember = (key: string, value: unknown): void => {
      memory.update(key, value).then(undefined, (error: unknown) => log.error(errorText(error)));
    };
    const relay = new Relay({
      stores,
      show,
      post: (message) => {
        this.#messages.fire(message);
        webview.postMessage(message).then(undefined, (error: unknown) => log.error(errorText(error)));
      },
      host: {
        texts: editorTexts,
        act,
        remember: (saved) => remember(SAVED, saved),
        rememberChosen: (runs) => remember(CHOSEN, runs),
        warn: (text) => log.warn(text),
      },
    });
    this.#panel = panel;
    this.#relay = relay;
    webview.onDidReceiveMessage((message: PanelMessage) => {
      log.debug(`The panel sent ${message.type}.`);
      this.#messages.fire(message);
      relay.receive(message);
    });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) relay.hide();
    });
    panel.onDidDispose(() => {
      relay.dispose();
      if (this.#panel !== panel) return;
      this.#panel = undefined;
      this.#relay = undefined;
    });
    webview.html = panelHtml({
      script: webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.js')).toString(),
      style: webview.asWebviewUri(vscode.Uri.joinPath(dist, 'webview.css')).toString(),
      nonce: randomBytes(18).toString('base64url'),
      cspSource: webview.cspSource,
      saved: memory.get(SAVED),
    });
  }

  dispose(): void {
    this.#relay?.dispose();
    this.#messages.dispose();
  }
}
