/** The panel's page: finds its host, listens, and reports that it is ready. */
import { signal } from '@preact/signals';
import { render } from 'preact';
import { findHost, savedFor, savingTo } from './host.ts';
import { isHostMessage } from './messages.ts';
import { App } from './panels/app.tsx';
import { createStore } from './state.ts';
import { watchTheme } from './theme.ts';
import './panel.css';

/** New numbers are drawn some twenty times a second, which looks live; the cursor moves with every frame. */
const PAUSE_MS = 40;

const root = document.getElementById('panel');
if (root === null) throw new Error('The page has no #panel.');

const host = findHost();
const store = createStore({
  post: (message) => host.postMessage(message),
  saved: savedFor(host, root),
  save: savingTo(host),
  schedule: (flush) => setTimeout(() => requestAnimationFrame(flush), PAUSE_MS),
  clock: () => performance.now(),
});

window.addEventListener('message', (event: MessageEvent<unknown>) => {
  // VS Code posts from the frame around this page, the only one with the same origin.
  if (event.origin !== window.origin) return;
  if (isHostMessage(event.data)) store.receive(event.data);
  else console.warn('A message of unknown shape was ignored.', event.data);
});

root.replaceChildren();
const isBrowser = host.isBrowser ?? false;
render(<App panel={{ store, theme: watchTheme(), spoken: signal(''), layerCursor: signal(null), isBrowser }} />, root);
host.postMessage({ type: 'ready' });
