/**
 * The panel's host in a browser, loaded before the panel's own script: provides the three functions that VS Code gives a page, and
 * relays between the page and `rectiscope panel`.
 */
import type { PanelMessage } from '../../server/protocol/panel.ts';
import type { Host } from '../host.ts';
import { tokenOfThisTab } from './key.ts';
import { Line } from './line.ts';
import { readSaved, writeSaved } from './memory.ts';
import { save } from './save.ts';
import { askToRemove, show } from './window.ts';
import './theme.css';
import './window.css';

/** As the host sent them last: questions to the user name runs by these. */
let names: ReadonlyMap<string, string> = new Map();

const line = new Line({
  token: tokenOfThisTab(),
  receive: (message) => {
    if (message.type === 'runs') names = new Map(message.runs.map(({ run, name }) => [run, name]));
    if (message.type === 'instruction') show(message);
    else window.dispatchEvent(new MessageEvent('message', { data: message, origin: window.origin }));
  },
});

function post(message: PanelMessage): void {
  switch (message.type) {
    case 'save':
      return save(message);
    case 'remember':
      // `setState` already saves everything there is to remember.
      return undefined;
    case 'remove':
      return void askToRemove(names.get(message.run) ?? message.run).then((yes) => yes && line.send(message));
    default:
      return line.send(message);
  }
}

const host: Host = { postMessage: post, getState: readSaved, setState: writeSaved, isBrowser: true };
Object.assign(window, { acquireVsCodeApi: () => host });
