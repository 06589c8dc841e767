/**
 * The line to `rectiscope panel`: one answer that does not end brings its messages, one a line; each of ours is a request of its
 * own, in order. Cut, it is made again, however long that takes. A page that nobody sees has none: browsers allow six a host.
 */
import type { AskedMessage, BrowserMessage, ConnectionState } from '../../server/protocol/panel.ts';
import { jsonLines } from './json-lines.ts';
import { knowsToken } from './key.ts';

export interface LineOptions {
  /** Undefined in a tab that never had it: there is no line then. */
  readonly token: string | undefined;
  readonly hear: (message: BrowserMessage) => void;
}

/** Waits before the line is made again, milliseconds; the last one for ever. */
const PAUSES = [200, 500, 1000, 2000];
/** The host says something, if only a blank line, every five seconds. */
const SILENCE_MS = 20_000;
/** How long a hidden page keeps its line, milliseconds: a glance at another tab costs nothing. */
const HIDDEN_MS = 30_000;

const NO_TOKEN =
  'This tab does not have the panel’s token: open the whole address that “rectiscope panel” printed in its terminal.';
const CUT = 'Connecting to “rectiscope panel” again …';
const GONE =
  '“rectiscope panel” has ended or can’t be reached. Start it again in the same folder: this page goes on by itself, if it is within ten minutes.';
const ANEW =
  'Another panel, or another program, answers at this address by now: open the address that “rectiscope panel” printed in its terminal.';

export class Line {
  readonly #options: LineOptions;
  /** Set while the line is there. */
  #page: string | undefined;
  #abort = new AbortController();
  #wake = Promise.withResolvers<void>();
  #sending: Promise<void> = Promise.resolve();
  /** What the host is told first, whenever there is a new line. */
  #isReady = false;
  #chosen: AskedMessage | undefined;
  #hiding: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
    document.addEventListener('visibilitychange', () => this.#followSight());
    void this.#live();
  }

  /** Say something to the host; what asks for something to be done is refused while there is no line. */
  say(message: AskedMessage): void {
    if (message.type === 'ready') this.#isReady = true;
    else if (message.type === 'choose') this.#chosen = message;
    if (this.#options.token === undefined) return this.#state('lost', NO_TOKEN);
    if (this.#page !== undefined) return this.#send(message, this.#page);
    if (message.type === 'reconnect' || message.type === 'ready') this.#wake.resolve();
    else this.#lose(message, 'there is no line to it at the moment');
  }

  /** What was to be done is told; what the page wants to see is asked again with the next line. */
  #lose({ type }: AskedMessage, why: string): void {
    if (type === 'ready' || type === 'choose' || type === 'snapshotPlease' || type === 'reconnect') return;
    this.#options.hear({ type: 'problem', message: `“rectiscope panel” did not take “${type}”: ${why}.` });
  }

  async #live(): Promise<void> {
    const { token } = this.#options;
    if (token === undefined) return;
    for (let failures = 0; ; ) {
      await this.#inSight();
      const why = await this.#once(token);
      if (this.#page !== undefined) failures = 0;
      this.#page = undefined;
      // Put away by ourselves, because nobody looks: no news.
      if (why === undefined) continue;
      const isShort = why === GONE && failures < PAUSES.length - 1;
      if (this.#isReady) this.#state(isShort ? 'starting' : 'lost', isShort ? CUT : why);
      await this.#pause(PAUSES[Math.min(failures++, PAUSES.length - 1)] ?? 0);
    }
  }

  /** One line from its beginning to its end; tells why it ended, or nothing where the page was hidden. */
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
      for await (const message of jsonLines(response.body, SILENCE_MS)) this.#options.hear(message as BrowserMessage);
      return GONE;
    } catch {
      // Nobody answers, the line was cut, or fell silent.
      return signal.aborted ? undefined : GONE;
    } finally {
      this.#abort.abort();
    }
  }

  #send(message: AskedMessage, page: string): void {
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
    this.#options.hear({ type: 'connection', state, message });
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
