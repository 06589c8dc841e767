/**
 * The connection to `rectiscope panel`: one endless response carries its messages, one per line; each of ours is a separate request,
 * in order. A broken connection is retried for ever. A hidden page has none, since browsers allow six per host.
 */
import type { BrowserMessage, ConnectionState, PageMessage } from '../../server/protocol/panel.ts';
import { jsonLines } from './json-lines.ts';
import { knowsToken } from './key.ts';

export interface LineOptions {
  /** Undefined in a tab that never had it: then there is no connection. */
  readonly token: string | undefined;
  readonly receive: (message: BrowserMessage) => void;
}

/** Waits between attempts to reconnect, milliseconds; the last one repeats. */
const PAUSES = [200, 500, 1000, 2000];
/** The host sends something, at least a blank line, every five seconds. */
const SILENCE_MS = 20_000;
/** How long a hidden page stays connected, milliseconds: a glance at another tab costs nothing. */
const HIDDEN_MS = 30_000;

const NO_TOKEN =
  'This tab does not have the panel’s token: open the full address that “rectiscope panel” printed in its terminal.';
const CUT = 'Reconnecting to “rectiscope panel” …';
const GONE =
  '“rectiscope panel” has stopped or can’t be reached. Restart it in the same folder: within ten minutes this page reconnects by itself.';
const ANEW =
  'Another panel, or another program, now answers at this address: open the address that “rectiscope panel” printed in its terminal.';

export class Line {
  readonly #options: LineOptions;
  /** Set while connected. */
  #page: string | undefined;
  #abort = new AbortController();
  #wake = Promise.withResolvers<void>();
  #sending: Promise<void> = Promise.resolve();
  /** Sent to the host first after each connect. */
  #isReady = false;
  #chosen: PageMessage | undefined;
  #hiding: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
    document.addEventListener('visibilitychange', () => this.#followSight());
    void this.#live();
  }

  /** Sends a message to the host; without a connection, requests for an action are refused. */
  send(message: PageMessage): void {
    if (message.type === 'ready') this.#isReady = true;
    else if (message.type === 'choose') this.#chosen = message;
    if (this.#options.token === undefined) return this.#state('lost', NO_TOKEN);
    if (this.#page !== undefined) return this.#send(message, this.#page);
    if (message.type === 'reconnect' || message.type === 'ready') this.#wake.resolve();
    else this.#lose(message, 'there is no connection at the moment');
  }

  /** A lost action is reported; what the page wants to see is requested again after the next connect. */
  #lose({ type }: PageMessage, why: string): void {
    if (type === 'ready' || type === 'choose' || type === 'snapshotPlease' || type === 'reconnect') return;
    this.#options.receive({ type: 'problem', message: `“rectiscope panel” did not receive “${type}”: ${why}.` });
  }

  async #live(): Promise<void> {
    const { token } = this.#options;
    if (token === undefined) return;
    for (let failures = 0; ; ) {
      await this.#inSight();
      const why = await this.#once(token);
      if (this.#page !== undefined) failures = 0;
      this.#page = undefined;
      // Closed by ourselves, because the page is hidden: nothing to report.
      if (why === undefined) continue;
      const isShort = why === GONE && failures < PAUSES.length - 1;
      if (this.#isReady) this.#state(isShort ? 'starting' : 'lost', isShort ? CUT : why);
      await this.#pause(PAUSES[Math.min(failures++, PAUSES.length - 1)] ?? 0);
    }
  }

  /** One connection from start to end; resolves to the reason why it ended, or nothing if the page was hidden. */
  async #once(token: string): Promise<string | undefined> {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    try {
      if (!(await knowsToken(token))) return ANEW;
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch('/stream', { headers, signal, cache: 'no-store', redirect: 'error' });
      if (!response.ok || response.body === null) return ANEW;
      const page = response.headers.get('rectiscope-page') ?? '';
      this.#page = page;
      if (this.#isReady) this.#send({ type: 'ready' }, page);
      if (this.#chosen) this.#send(this.#chosen, page);
      for await (const message of jsonLines(response.body, SILENCE_MS))
        this.#options.receive(message as BrowserMessage);
      return GONE;
    } catch {
      // No answer, the connection broke, or it fell silent.
      return signal.aborted ? undefined : GONE;
    } finally {
      this.#abort.abort();
    }
  }

  #send(message: PageMessage, page: string): void {
    this.#sending = this.#sending.then(async () => {
      const headers = {
        authorization: `Bearer ${this.#options.token}`,
        'content-type': 'application/json',
        'rectiscope-page': page,
      };
      try {
        const response = await fetch('/message', { method: 'POST', headers, body: JSON.stringify(message) });
        if (!response.ok) this.#lose(message, (await response.text()).trim().replace(/\.$/, ''));
      } catch {
        this.#lose(message, 'it can’t be reached');
      }
    });
  }

  #state(state: ConnectionState, message: string): void {
    this.#options.receive({ type: 'connection', state, message });
  }

  async #pause(milliseconds: number): Promise<void> {
    this.#wake = Promise.withResolvers();
    const timer = setTimeout(() => this.#wake.resolve(), milliseconds);
    await this.#wake.promise;
    clearTimeout(timer);
  }

  async #inSight(): Promise<void> {
    while (document.hidden)
      await new Promise((resolve) => document.addEventListener('visibilitychange', resolve, { once: true }));
  }

  #followSight(): void {
    clearTimeout(this.#hiding);
    if (document.hidden) this.#hiding = setTimeout(() => this.#abort.abort(), HIDDEN_MS);
    else this.#wake.resolve();
  }
}
