/** The page's host: VS Code, or in a browser a script that ran before and offers the same three functions. */
import type { PanelMessage } from '../server/protocol/panel.ts';
import type { Saved } from './view-state.ts';

/** What VS Code gives to a page, once. */
export interface Host {
  postMessage(message: PanelMessage): void;
  /** What `setState` was given, also in an earlier life of this panel. */
  getState(): unknown;
  setState(state: Saved): void;
  /** No editor: there are no files to open or to change. */
  readonly isBrowser?: true;
}

declare function acquireVsCodeApi(): Host;

/** Throws where the page has no host: then nothing could ever be shown. */
export function findHost(): Host {
  if (typeof acquireVsCodeApi !== 'function') {
    throw new Error(
      'This page has no host. It is opened by VS Code (Rectiscope: Open Panel) or by “rectiscope panel”.',
    );
  }
  return acquireVsCodeApi();
}

/** Least time between two words of `remember`, milliseconds. */
const REMEMBER_MS = 500;

/** Keeps the view where this page finds it again, and tells the host for the page of a panel that is opened anew. */
export function savingTo(host: Host): (saved: Saved) => void {
  let told = '';
  let latest: Saved | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tell = (): void => {
    timer = undefined;
    const text = JSON.stringify(latest);
    if (text === told) return;
    told = text;
    host.postMessage({ type: 'remember', saved: latest });
  };
  return (saved) => {
    host.setState(saved);
    latest = saved;
    if (timer === undefined) timer = setTimeout(tell, REMEMBER_MS);
  };
}

/** What this page saved in an earlier life, or a page before it; undefined where there was none. */
export function savedFor(host: Host, root: HTMLElement): unknown {
  const text = root.dataset['saved'];
  return host.getState() ?? (text === undefined ? undefined : (JSON.parse(text) as unknown));
}
