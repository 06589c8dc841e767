/**
 * Reading and writing the frames of the protocol (`Content-Length: n`, empty line, n bytes of JSON) on the server's side,
 * where the other end may be anything: nothing is allocated on the word of a header, nothing is read further than it can
 * be worked on. What is no frame closes its connection, and only that.
 */
import type { Socket } from 'node:net';
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  type DataCallback,
  Disposable,
  type Message,
  type MessageReader,
  type MessageWriter,
} from 'vscode-jsonrpc/node';

/** The largest message that is taken, bytes. */
export const MOST_BYTES = 64 * 1024 * 1024;
const MOST_HEADER_BYTES = 1024;
/** Unsent bytes after which reading pauses: who does not read answers gets no more of them. */
const MOST_UNSENT = 4 * 1024 * 1024;

const HEADER_END = Buffer.from('\r\n\r\n');

export class FrameReader extends AbstractMessageReader implements MessageReader {
  readonly #socket: Socket;
  readonly #unread: Buffer[] = [];
  #header = Buffer.alloc(0);
  #body: Buffer[] = [];
  /** Bytes of the body still to come; undefined while a header is being read. */
  #missing: number | undefined;
  /** A message that was read waits for its turn: the next is read when this one's answer can be seen in the socket. */
  #waiting = false;
  #broken = false;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }

  listen(callback: DataCallback): Disposable {
    const onData = (chunk: Buffer) => {
      this.#unread.push(chunk);
      this.#work(callback);
    };
    this.#socket.on('data', onData);
    this.#socket.on('drain', () => this.#work(callback));
    this.#socket.on('error', (error) => this.fireError(error));
    this.#socket.on('close', () => this.fireClose());
    this.#resume = () => this.#work(callback);
    return Disposable.create(() => this.#socket.off('data', onData));
  }

  /** The message that was read is being worked on. */
  taken(): void {
    this.#waiting = false;
    setImmediate(() => this.#resume());
  }

  #resume: () => void = () => undefined;

  #work(callback: DataCallback): void {
    while (!this.#broken && this.#ready()) {
      const chunk = this.#unread.shift();
      if (!chunk) break;
      const rest = this.#missing === undefined ? this.#readHeader(chunk) : this.#readBody(chunk, callback);
      if (rest.length > 0) this.#unread.unshift(rest);
    }
    if (this.#broken) return;
    if (this.#ready()) this.#socket.resume();
    else this.#socket.pause();
  }

  #ready(): boolean {
    return !this.#waiting && this.#socket.writableLength < MOST_UNSENT;
  }

  /** Returns what comes after the header. */
  #readHeader(chunk: Buffer): Buffer {
    const before = this.#header.length;
    const taken = chunk.subarray(0, MOST_HEADER_BYTES - before);
    this.#header = Buffer.concat([this.#header, taken]);
    const end = this.#header.indexOf(HEADER_END);
    if (end < 0) {
      if (this.#header.length >= MOST_HEADER_BYTES) return this.#break('a header is longer than 1 KB');
      return chunk.subarray(taken.length);
    }
    const length = contentLength(this.#header.toString('latin1', 0, end));
    if (length === undefined) return this.#break('a header has no Content-Length');
    if (length > MOST_BYTES) return this.#break(`a message of ${length} bytes is larger than 64 MB`);
    this.#header = Buffer.alloc(0);
    this.#missing = length;
    return chunk.subarray(end + HEADER_END.length - before);
  }

  /** Returns what comes after the body. */
  #readBody(chunk: Buffer, callback: DataCallback): Buffer {
    const missing = this.#missing ?? 0;
    const part = chunk.subarray(0, missing);
    this.#body.push(part);
    this.#missing = missing - part.length;
    if (this.#missing > 0) return Buffer.alloc(0);
    const text = Buffer.concat(this.#body).toString('utf8');
    this.#body = [];
    this.#missing = undefined;
    try {
      const message = JSON.parse(text) as unknown;
      if (!isMessage(message)) return this.#break('a frame holds no JSON-RPC message');
      // A cancellation is worked on at once and takes no turn.
      this.#waiting = !('method' in message && message.method === '$/cancelRequest');
      callback(message);
    } catch (error) {
      return this.#break(`a message could not be read: ${(error as Error).message}`);
    }
    return chunk.subarray(part.length);
  }

  #break(why: string): Buffer {
    this.#broken = true;
    this.#unread.length = 0;
    this.#body = [];
    this.fireError(new Error(`The connection was closed: ${why}.`));
    this.#socket.destroy();
    return Buffer.alloc(0);
  }
}

function contentLength(header: string): number | undefined {
  const digits = /^content-length: *(\d{1,15})$/im.exec(header.replaceAll('\r', ''))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** An object that is a request, a notification or a response; with ids that can be answered. */
function isMessage(value: unknown): value is Message {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { jsonrpc, id, method } = value as { jsonrpc?: unknown; id?: unknown; method?: unknown };
  if (jsonrpc !== '2.0') return false;
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') return false;
  return method === undefined ? id !== undefined : typeof method === 'string';
}

/** Writes each message at once, in one piece: the order of writing is the order of arrival. */
export class FrameWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on('close', () => this.fireClose());
  }

  async write(message: Message): Promise<void> {
    const body = Buffer.from(JSON.stringify(message));
    if (!this.#socket.writable) throw new Error('The connection is closed.');
    this.#socket.cork();
    this.#socket.write(`Content-Length: ${body.length}\r\n\r\n`);
    this.#socket.write(body);
    this.#socket.uncork();
  }

  end(): void {
    this.#socket.end();
  }
}
