/** The messages to one open page: JSON lines in one endless response, with blank lines as heartbeats. */
import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { BrowserMessage } from '../protocol/panel.ts';

/** Interval of the blank lines, milliseconds: a page that receives nothing for longer knows that the connection is dead. */
export const HEARTBEAT_MS = 5000;

/** Most bytes buffered for a page: one that does not read is disconnected, and gets a snapshot when it reconnects. */
const MOST_BEHIND = 64 * 1024 * 1024;

export class PageStream {
  /** Identifies the page that a message comes from. */
  readonly id = randomUUID();
  readonly #response: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;

  /** `headers`: further headers of the response. */
  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    response.writeHead(200, { ...headers, 'content-type': 'application/x-ndjson', 'rectiscope-page': this.id });
    response.flushHeaders();
    this.#heartbeat = setInterval(() => this.#write('\n'), HEARTBEAT_MS);
    response.once('close', () => clearInterval(this.#heartbeat));
  }

  readonly post = (message: BrowserMessage): void => this.#write(`${JSON.stringify(message)}\n`);

  /** The page was closed or disconnected. */
  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }

  #write(text: string): void {
    if (this.#response.destroyed) return;
    this.#response.write(text);
    if (this.#response.writableLength > MOST_BEHIND) this.#response.destroy();
  }
}
