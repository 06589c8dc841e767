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
    if (message.type === 'ready' && this.#options.token === undefined) this.#state('lost', NO_TOKEN);
    if (this.#page !== undefined) return this.#send(message);
    if (message.type === 'reconnect' || message.type === 'ready') this.#wake.resolve();
    else if (message.type !== 'choose' && message.type !== 'snapshotPlease')
      this.#options.hear({
        type: 'problem',
        message: 'There is no line to “rectiscope panel” at the moment: nothing was done.',
      });
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
      if (this.#isReady)
        this.#state(
          failures < PAUSES.length - 1 && why === GONE ? 'starting' : 'lost',
          failures < PAUSES.length - 1 && why === GONE ? CUT : why,
        );
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
      this.#page = response.headers.get('rectiscope-page') ?? '';
      if (this.#isReady) this.#send({ type: 'ready' });
      if (this.#chosen) this.#send(this.#chosen);
      for await (const message of jsonLines(response.body, SILENCE_MS)) this.#options.hear(message as BrowserMessage);
      return GONE;
    } catch {
      // Nobody answers, the line was cut, or fell silent.
      return signal.aborted ? undefined : GONE;
    } finally {
      this.#abort.abort();
    }
  }

  #send(message: AskedMessage): void {
    const page = this.#page;
    this.#sending = this.#sending.then(async () => {
      if (page === undefined || page !== this.#page) return;
      const headers = {
        authorization: `Bearer ${this.#options.token}`,
        'content-type': 'application/json',
        'rectiscope-page': page,
      };
      try {
        const response = await fetch('/message', { method: 'POST', headers, body: JSON.stringify(message) });
        if (!response.ok) throw new Error((await response.text()).trim());
      } catch (error) {
        // A cut line is told as such, and what it was for is asked again; only what was to be done is lost.
        if (page !== this.#page || message.type === 'choose' || message.type === 'ready') return;
        const why = (error as Error).message;
        this.#options.hear({ type: 'problem', message: `“rectiscope panel” did not take “${message.type}”: ${why}` });
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
