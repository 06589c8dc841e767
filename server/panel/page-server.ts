/**
 * Serves the panel to browsers on this machine: the page, its four files, and the messages between page and host. Nothing from the
 * disk is served. `GET /` is the page; `GET /stream` and `POST /message` are the two directions of its connection.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserMessage, PageMessage } from '../protocol/panel.ts';
import { bearer, cookieName, hasPageKey, isOwnRequest, isToken, pageKey, proofFor, strangeness } from './door.ts';
import type { PageFiles } from './page-files.ts';
import { pageMessage } from './page-message.ts';
import { PageStream } from './page-stream.ts';
import { panelHtml, panelPolicy } from './panel-html.ts';
import { refusalPage } from './refusal-page.ts';

/** One open page, on the host's side. */
export interface PageLife {
  receive(message: PageMessage): void;
  dispose(): void;
}

export interface PageServerOptions {
  readonly token: string;
  readonly files: PageFiles;
  /** A page was opened; `post` sends to it. */
  readonly open: (post: (message: BrowserMessage) => void) => PageLife;
  /** Reports our own faults. */
  readonly warn: (text: string) => void;
}

/** Longest message of a page, bytes. */
const LONGEST_MESSAGE = 1024 * 1024;

const TYPES = { js: 'text/javascript', css: 'text/css' } as const;

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** A magnifying glass over a curve, as in the activity bar. */
const ICON = `data:image/svg+xml,${encodeURIComponent('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#2488db" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><circle cx="10.5" cy="10.5" r="7.75"/><path d="M16.2 16.2 21.25 21.25M5.75 13.25H10L14.25 7"/></svg>')}`;

/** Listens on a loopback port, 0 for a free one; rejects with Node's error if it can't. */
export async function listenOnLoopback(port: number): Promise<Server> {
  const server = createServer();
  server.listen({ host: '127.0.0.1', port, exclusive: true });
  await once(server, 'listening');
  return server;
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** Answers the requests to a server for as long as it listens. */
export class PageServer {
  readonly #options: PageServerOptions;
  readonly #port: number;
  readonly #pages = new Map<string, PageLife>();

  constructor(server: Server, options: PageServerOptions) {
    this.#options = options;
    this.#port = portOf(server);
    server.on('request', (request, response) => {
      this.#answer(request, response).catch((error: Error) => {
        // A page that closes during the answer is not a fault.
        if (!request.destroyed)
          options.warn(`The panel could not answer ${request.url?.split('?')[0]}: ${error.message}`);
        response.destroy();
      });
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    const strange = strangeness(headers);
    if (strange !== undefined) return refuse(response, 403, strange);
    const address = URL.parse(request.url ?? '/', 'http://127.0.0.1');
    if (address === null) return refuse(response, 400, 'That address is not valid.');
    const { pathname, searchParams } = address;
    if (pathname === '/message') return await this.#takeMessage(request, response);
    if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405, 'Use GET for this address.');
    if (pathname === '/') return this.#page(request, response, searchParams.get('token'));
    if (pathname === '/stream') return this.#stream(request, response);
    if (pathname === '/proof') return this.#prove(response, searchParams.get('challenge') ?? '');
    const { files } = this.#options;
    const name = pathname.slice(1);
    if (!Object.hasOwn(files, name)) return refuse(response, 404, 'The panel has no such page.');
    const type = TYPES[name.endsWith('.js') ? 'js' : 'css'];
    answer(response, { status: 200, type, body: files[name as keyof PageFiles] });
  }

  /** The page, for browsers with the token or its cookie. It contains no data of any run. */
  #page({ headers }: IncomingMessage, response: ServerResponse, given: string | null): void {
    const { token } = this.#options;
    const nonce = randomBytes(18).toString('base64url');
    const door = { port: this.#port, token };
    if (given === null ? !hasPageKey(headers, door) : !isToken(given, token)) {
      const more = {
        'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; frame-ancestors 'none'`,
      };
      const body = refusalPage(given === null ? 'none' : 'wrong', nonce);
      answer(response, { status: 403, type: 'text/html', body, more });
      return;
    }
    const sources = { nonce, cspSource: "'self'", connectSource: "'self'" };
    const browser = { script: '/browser.js', style: '/browser.css', icon: ICON };
    answer(response, {
      status: 200,
      type: 'text/html',
      body: panelHtml({ ...sources, script: '/webview.js', style: '/webview.css', browser }),
      more: {
        'content-security-policy': `${panelPolicy(sources)}; frame-ancestors 'none'`,
        'set-cookie': `${cookieName(this.#port)}=${pageKey(token)}; HttpOnly; SameSite=Strict; Path=/`,
      },
    });
  }

  #prove(response: ServerResponse, challenge: string): void {
    if (!/^[\w-]{16,128}$/.test(challenge))
      return refuse(response, 400, 'A challenge has 16 to 128 letters and digits.');
    answer(response, { status: 200, type: 'text/plain', body: proofFor(this.#options.token, challenge) });
  }

  #mayTalk({ headers }: IncomingMessage): boolean {
    return isOwnRequest(headers) && isToken(bearer(headers), this.#options.token);
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#mayTalk(request)) return refuse(response, 403, 'The token is missing or wrong.');
    const stream = new PageStream(response, HEADERS);
    const life = this.#options.open(stream.post);
    this.#pages.set(stream.id, life);
    stream.onClose(() => {
      this.#pages.delete(stream.id);
      life.dispose();
    });
  }

  async #takeMessage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#mayTalk(request)) return refuse(response, 403, 'The token is missing or wrong.');
    if (request.method !== 'POST') return refuse(response, 405, 'Use POST for a message.');
    const page = this.#pages.get(String(request.headers['rectiscope-page']));
    if (!page) return refuse(response, 410, 'That page is gone.');
    const text = await bodyOf(request);
    if (text === undefined) return refuse(response, 413, 'A message must be at most one megabyte.');
    const message = pageMessage(text);
    if (!message) return refuse(response, 400, 'That message is not known.');
    page.receive(message);
    response.writeHead(204, HEADERS).end();
  }
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly more?: Readonly<Record<string, string>>;
}

/** For HEAD, Node omits the body. */
function answer(response: ServerResponse, { status, type, body, more }: Answer): void {
  response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8`, ...more }).end(body);
}

const refuse = (response: ServerResponse, status: number, why: string): void =>
  answer(response, { status, type: 'text/plain', body: `${why}\n`, more: { connection: 'close' } });

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > LONGEST_MESSAGE) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
