/**
 * The panel in a browser without VS Code: the product's page under the product's content policy, served to one test; the
 * test plays the host. `node test/webview/harness.ts` serves it with two recorded runs to look at.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { panelHtml } from '../../server/panel/panel-html.ts';
import type { HostMessage, PanelMessage } from '../../server/protocol/panel.ts';
import { record, snapshotOf } from './recording.ts';
import { THEMES } from './themes.ts';

/** Stands in for VS Code's own: keeps what was posted, and the state from one load of the page to the next. */
const HOST_SCRIPT = `
  window.posted = [];
  window.violations = [];
  addEventListener('securitypolicyviolation', (e) => violations.push(e.violatedDirective + ' ' + e.blockedURI));
  window.acquireVsCodeApi = () => ({
    // What it remembers comes half a second after anything: a host keeps it and says nothing.
    postMessage: (message) => { if (message.type !== 'remember') posted.push(message); dispatchEvent(new CustomEvent('posted', { detail: message })); },
    getState: () => JSON.parse(sessionStorage.getItem('state') ?? 'null') ?? undefined,
    setState: (state) => sessionStorage.setItem('state', JSON.stringify(state)),
  });`;

export interface Harness {
  readonly address: string;
  close(): Promise<void>;
}

/** Bundles the panel and serves it on a free port of this machine. */
export async function serveHarness(demo?: string): Promise<Harness> {
  const { outputFiles } = await build({
    entryPoints: { webview: resolve(import.meta.dirname, '../../webview/main.tsx') },
    ...{ bundle: true, write: false, outdir: 'out', platform: 'browser', target: 'es2024', format: 'iife' },
    ...{ jsx: 'automatic', jsxImportSource: 'preact', logLevel: 'warning' },
  });
  const file = (ending: string): string => outputFiles.find((output) => output.path.endsWith(ending))?.text ?? '';
  const html = panelHtml({
    script: '/webview.js',
    style: '/webview.css',
    nonce: 'test',
    cspSource: "'self'",
    browser: { script: '/host.js', style: '/host.css', icon: 'data:,' },
  });
  const content: Readonly<Record<string, readonly [type: string, text: string]>> = {
    '/': ['text/html', html],
    '/webview.js': ['text/javascript', file('.js')],
    '/webview.css': ['text/css', file('.css')],
    '/host.js': ['text/javascript', HOST_SCRIPT + (demo ?? '')],
    '/host.css': ['text/css', '/* The test sets what VS Code sets. */'],
  };
  const server: Server = createServer((request, response) => {
    const [type, text] = content[request.url ?? ''] ?? ['text/plain', ''];
    response.writeHead(text === '' ? 404 : 200, { 'content-type': `${type}; charset=utf-8` }).end(text);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    close: () => new Promise((closed) => server.close(() => closed())),
  };
}

export interface OpenOptions {
  browser: Browser;
  address: string;
  theme?: keyof typeof THEMES;
  width?: number;
  height?: number;
}

/** One panel in a page of its own: what it says, and how to talk to it. */
export interface OpenPanel {
  readonly page: Page;
  /** Errors of the console, uncaught ones included. */
  readonly errors: string[];
  send(...messages: HostMessage[]): Promise<void>;
  posted(): Promise<PanelMessage[]>;
  violations(): Promise<string[]>;
  close(): Promise<void>;
}

export async function openPanel(options: OpenOptions): Promise<OpenPanel> {
  const { browser, address, theme = 'dark', width = 1280, height = 800 } = options;
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
  page.on('pageerror', (error) => errors.push(error.message));
  await page.addInitScript((set) => {
    const apply = (): void => {
      if (document.documentElement === null) return;
      for (const [name, value] of Object.entries(set.variables))
        document.documentElement.style.setProperty(`--vscode-${name}`, value);
      document.body?.classList.add(set.bodyClass);
    };
    apply();
    document.addEventListener('DOMContentLoaded', apply);
  }, THEMES[theme]);
  await page.goto(address);
  return {
    page,
    errors,
    send: (...messages) =>
      page.evaluate((list) => {
        for (const message of list) window.postMessage(message, window.origin);
      }, messages),
    posted: () => page.evaluate(() => (window as unknown as { posted: PanelMessage[] }).posted),
    violations: () => page.evaluate(() => (window as unknown as { violations: string[] }).violations),
    close: () => context.close(),
  };
}

if (process.argv[1] === import.meta.filename) {
  const runs = [
    record({ run: 'r-xa', name: 'xavier-30', kind: 'stalls' }),
    record({ run: 'r-he', name: 'he-30', kind: 'learns' }),
  ];
  const messages: HostMessage[] = [
    { type: 'connection', state: 'connected' },
    { type: 'runs', runs: runs.flatMap((run) => run.summaries.at(-1) ?? []) },
    ...runs.map((run): HostMessage => ({ type: 'snapshot', snapshot: snapshotOf(run, run.events.length) })),
  ];
  const demo = `addEventListener('posted', (e) => e.detail.type === 'ready' &&
    ${JSON.stringify(messages).replaceAll('<', '\\u003c')}.forEach((m) => postMessage(m, origin)));`;
  console.log(`The panel with two recorded runs: ${(await serveHarness(demo)).address}`);
}
