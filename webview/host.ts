/** The page's host: VS Code, or in a browser a script that ran before and offers the same three functions. */
import type { PanelMessage } from '../server/protocol/panel.ts';
import type { Saved } from './view-state.ts';

/** What VS Code gives to a page, once. */
export interface Host {
  postMessage(message: PanelMessage): void;
  /** What `setState` was given, also in an earlier life of this panel. */
  getState(): unknown;
  setState(state: Saved): void;
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
