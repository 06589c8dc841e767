/** `rectiscope panel`: the panel of this folder's runs in a browser of this machine. */
import type { Server } from 'node:http';
import { Command } from 'commander';
import { findHome } from '../client/home.ts';
import { StoreConnection } from '../client/store-connection.ts';
import {
  newToken,
  type PanelAddress,
  rememberAddress,
  rememberedAddress,
  SIGN_OF_LIFE_MS,
  signOfLife,
} from '../panel/address.ts';
import { BrowserHost } from '../panel/browser-host.ts';
import { OneStore } from '../panel/one-store.ts';
import { loadPageFiles, NoPage, type PageFiles } from '../panel/page-files.ts';
import { listenOnLoopback, type PageLife, PageServer, portOf } from '../panel/page-server.ts';
import { Relay } from '../panel/relay.ts';
import type { BrowserMessage } from '../protocol/panel.ts';
import { TaskError } from '../tasks/task-error.ts';
import { onInterrupt } from './interrupt.ts';
import { Exit, print, printJson, say } from './output.ts';

interface PanelOptions {
  readonly port?: string;
  readonly json?: boolean;
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new TaskError('badInput', `--port: expected a port of this machine, 0 to 65535; found “${text}”.`);
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code;

async function listenOn(port: number): Promise<Server> {
  try {
    return await listenOnLoopback(port);
  } catch (error) {
    const words: Partial<Record<string, string>> = {
      EADDRINUSE: `Port ${port} is taken on 127.0.0.1: another program, perhaps another panel, listens there. Choose another port, or omit --port.`,
      EACCES: `Port ${port} needs privileges that you do not have: choose one above 1023, or omit --port.`,
    };
    const sentence = words[String(codeOf(error))];
    throw sentence === undefined ? error : new TaskError('badInput', sentence);
  }
}

interface Listening {
  readonly server: Server;
  readonly token: string;
  /** No other panel of this store serves: the next one may be where this one is. */
  readonly isOnly: boolean;
}

/** Listen where the panel of this store was last, or where the user wants; on a free port where nothing is wanted. */
async function listen(home: string, wanted: number | undefined): Promise<Listening> {
  const last = rememberedAddress(home);
  if (last === undefined) return { server: await listenOn(wanted ?? 0), token: newToken(), isOnly: true };
  const there = await listenOnLoopback(last.port).catch(() => undefined);
  if (there && (wanted === undefined || wanted === last.port))
    return { server: there, token: last.token ?? newToken(), isOnly: true };
  there?.close();
  // Taken: where its token is fresh, by another panel of this store, whose pages find it again by what is remembered.
  return {
    server: await listenOn(wanted ?? 0),
    token: newToken(),
    isOnly: there !== undefined || last.token === undefined,
  };
}

async function pageFiles(): Promise<PageFiles> {
  try {
    return await loadPageFiles();
  } catch (error) {
    throw error instanceof NoPage ? new TaskError('unexpected', error.message) : error;
  }
}

interface PageOptions {
  readonly store: OneStore;
  readonly post: (message: BrowserMessage) => void;
  readonly warn: (text: string) => void;
}

/** A page that was opened: its relay to the store. */
function openPage({ store, post, warn }: PageOptions): PageLife {
  const host = new BrowserHost({ store, folder: process.cwd(), post, show: (runs) => relay.show(runs), warn });
  const relay = new Relay({ stores: store, host, show: [], post });
  return relay;
}

/** The page says how the line to the training server is. */
const SILENT = { info: () => undefined, warn: () => undefined };

/** Resolves when the user ends this command; who says so again, while it still begins, ends it where it is. */
const ended = (): Promise<void> =>
  new Promise((resolve) => {
    let isAsked = false;
    const end = (): void => {
      if (isAsked) process.exit(Exit.interrupted);
      isAsked = true;
      resolve();
    };
    onInterrupt(end, ['SIGINT', 'SIGTERM', 'SIGHUP']);
  });

async function servePanel({ port, json = false }: PanelOptions): Promise<void> {
  const over = ended();
  const home = findHome(process.cwd());
  const { server, token, isOnly } = await listen(home, readPort(port));
  const connection = new StoreConnection({ home, mayStart: () => true, log: SILENT });
  try {
    const [files] = await Promise.all([pageFiles(), connection.connect({ start: true })]);
    const address: PanelAddress = { port: portOf(server), token };
    if (isOnly) await rememberAddress(home, address);
    let isOver = false;
    // At the end every line is cut: no news.
    const warn = (text: string): void => (isOver ? undefined : say(text));
    const store = new OneStore(connection, warn);
    new PageServer(server, { token, files, open: (post) => openPage({ store, post, warn }), warn });
    const alive = setInterval(() => isOnly && signOfLife(home), SIGN_OF_LIFE_MS);
    announce(address, { home, json });
    await over;
    isOver = true;
    clearInterval(alive);
    store.dispose();
    if (!json) say('The panel has stopped; the training server and its runs continue.');
    process.exitCode = Exit.interrupted;
  } finally {
    connection.dispose();
    server.close();
    server.closeAllConnections();
  }
}

function announce({ port, token }: PanelAddress, { home, json }: { home: string; json: boolean }): void {
  const url = `http://127.0.0.1:${port}/?token=${token}`;
  if (json) return printJson({ event: 'panel', url, port, pid: process.pid });
  say(`The panel of ${home}, for browsers of this machine only. The address contains a secret key: do not share it.\n`);
  print(url);
  say('\nCtrl-C stops it; runs continue.');
}

/** `rectiscope panel` */
export function panelCommand(): Command {
  return new Command('panel')
    .description('The panel in a browser of this machine: curves and layers of every run, live.')
    .option('--port <n>', 'port of this machine (default: this panel’s last port, or any free one)')
    .option('--json', 'one JSON line once it listens')
    .action(servePanel);
}
