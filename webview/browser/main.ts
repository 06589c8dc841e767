/**
 * The panel's host in a browser, before the panel's own script: offers the three functions that VS Code offers to a page, and
 * stands between the page and `rectiscope panel`.
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

/** As the host told last: what is asked names runs as the user does. */
let names: ReadonlyMap<string, string> = new Map();

const line = new Line({
  token: tokenOfThisTab(),
  hear: (message) => {
    if (message.type === 'runs') names = new Map(message.runs.map(({ run, name }) => [run, name]));
    if (message.type === 'tell') show(message);
    else window.dispatchEvent(new MessageEvent('message', { data: message, origin: window.origin }));
  },
});

function post(message: PanelMessage): void {
  switch (message.type) {
    case 'save':
      return save(message);
    case 'remember':
      // What `setState` keeps is all that there is to remember.
      return undefined;
    case 'remove':
      return void askToRemove(names.get(message.run) ?? message.run).then((yes) => yes && line.say(message));
    default:
      return line.say(message);
  }
}

const host: Host = { postMessage: post, getState: readSaved, setState: writeSaved, isBrowser: true };
Object.assign(window, { acquireVsCodeApi: () => host });
