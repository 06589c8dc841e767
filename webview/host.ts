/** The page's host: VS Code, or in a browser a script that was loaded before and provides the same three functions. */
import type { PanelMessage } from '../server/protocol/panel.ts';
import type { Saved } from './view-state.ts';

/** The API that VS Code provides to a page, once. */
export interface Host {
  postMessage(message: PanelMessage): void;
  /** What was last passed to `setState`, also before this panel was reloaded. */
  getState(): unknown;
  setState(state: Saved): void;
  /** There is no editor to open or change files in. */
  readonly isBrowser?: true;
}

declare function acquireVsCodeApi(): Host;

/** Throws without a host: nothing could ever be shown. */
export function findHost(): Host {
  if (typeof acquireVsCodeApi !== 'function') {
    throw new Error('This page has no host. Open it from VS Code (Rectiscope: Open Panel) or with “rectiscope panel”.');
  }
  return acquireVsCodeApi();
}

/** Minimum time between two `remember` messages, milliseconds. */
const REMEMBER_MS = 500;

/** Saves the view for a reload of this page, and sends it to the host for the page of a panel that is opened again. */
export function savingTo(host: Host): (saved: Saved) => void {
  let sent = '';
  let latest: Saved | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const send = (): void => {
    timer = undefined;
    const text = JSON.stringify(latest);
    if (text === sent) return;
    sent = text;
    host.postMessage({ type: 'remember', saved: latest });
  };
  return (saved) => {
    host.setState(saved);
    latest = saved;
    if (timer === undefined) timer = setTimeout(send, REMEMBER_MS);
  };
}

/** What this page, or one before it, saved; undefined if nothing was saved. */
export function savedFor(host: Host, root: HTMLElement): unknown {
  const text = root.dataset['saved'];
  return host.getState() ?? (text === undefined ? undefined : (JSON.parse(text) as unknown));
}
