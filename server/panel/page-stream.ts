/** What one open page is sent: JSON lines over one answer that does not end, and a blank line while there is nothing to say. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { BrowserMessage } from '../protocol/panel.ts';

/** A blank line is sent so often, milliseconds: a page that hears nothing for longer knows that the line is dead. */
export const HEARTBEAT_MS = 5000;

/** Bytes that wait for a page at most: one that does not read is cut off, and gets a snapshot when it comes again. */
const MOST_BEHIND = 64 * 1024 * 1024;

export class PageStream {
  /** Which page a message comes from. */
  readonly id = randomUUID();
  readonly #response: ServerResponse;
  readonly #heart: NodeJS.Timeout;

  /** `headers`: of the answer, beside its own. */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    response.writeHead(200, { ...headers, 'content-type': 'application/x-ndjson', 'rectiscope-page': this.id });
    response.flushHeaders();
    this.#heart = setInterval(() => this.#write('\n'), HEARTBEAT_MS);
    response.once('close', () => clearInterval(this.#heart));
  }

  readonly post = (message: BrowserMessage): void => this.#write(`${JSON.stringify(message)}\n`);

  /** The page has gone, or was cut off. */
  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }

  #write(text: string): void {
    if (this.#response.destroyed) return;
    this.#response.write(text);
    if (this.#response.writableLength > MOST_BEHIND) this.#response.destroy();
  }
}
