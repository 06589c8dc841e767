/** Reads IDX files (the format of MNIST), packed with gzip or not. */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { RunFailure } from '../run-file/run-failure.ts';

/** An array from an IDX file. Unsigned bytes stay bytes, everything else becomes float32. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array | Float32Array;
}

/** Element types of the format's third byte. */
const ELEMENTS = {
  8: { bytes: 1, name: 'unsigned byte' },
  9: { bytes: 1, name: 'signed byte' },
  11: { bytes: 2, name: 'int16' },
  12: { bytes: 4, name: 'int32' },
  13: { bytes: 4, name: 'float32' },
  14: { bytes: 8, name: 'float64' },
} as const;
type ElementCode = keyof typeof ELEMENTS;

/** What one file may hold once unpacked: a header that claims more is damaged or hostile. */
const LARGEST_BYTES = 8 * 2 ** 30;

/** Bytes that one byte of gzip can stand for at most. */
const LARGEST_RATIO = 1032;

interface Header {
  readonly code: ElementCode;
  readonly shape: readonly number[];
  readonly length: number;
  readonly bytes: number;
}

/** The header at the start of the bytes; undefined while there are too few of them. */
function readHeader(bytes: Buffer, file: string): Header | undefined {
  if (bytes.length < 4) return undefined;
  const code = bytes[2] as number;
  const rank = bytes[3] as number;
  if (bytes[0] !== 0 || bytes[1] !== 0 || !(code in ELEMENTS) || rank === 0)
    throw new RunFailure(
      `${file} is not an IDX file: it does not start with two zeros, a known element type and a number of axes.`,
    );
  if (bytes.length < 4 + 4 * rank) return undefined;
  const shape = Array.from({ length: rank }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const length = shape.reduce((product, n) => product * n, 1);
  const size = length * ELEMENTS[code as ElementCode].bytes;
  if (size > LARGEST_BYTES)
    throw new RunFailure(
      `${file} claims ${shape.join('×')} values: more than ${LARGEST_BYTES / 2 ** 30} GiB in one file.`,
    );
  return { code: code as ElementCode, shape, length, bytes: size };
}

function elements(bytes: Buffer, { code, length }: Header): Uint8Array | Float32Array {
  if (code === 8) return new Uint8Array(bytes.buffer, bytes.byteOffset, length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read: Record<Exclude<ElementCode, 8>, (i: number) => number> = {
    9: (i) => view.getInt8(i),
    11: (i) => view.getInt16(2 * i),
    12: (i) => view.getInt32(4 * i),
    13: (i) => view.getFloat32(4 * i),
    14: (i) => view.getFloat64(8 * i),
  };
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = read[code](i);
  return values;
}

/** The size of a file, and whether it is packed; refuses what is no plain file, since a pipe would be waited for. */
async function examine(path: string): Promise<{ size: number; packed: boolean }> {
  const info = await stat(path);
  if (!info.isFile()) throw new RunFailure(`${path} is not a file.`);
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return { size: info.size, packed: bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b };
  } finally {
    await file.close();
  }
}

/** Collects an IDX file from pieces, `most` bytes of it at the most. */
class IdxCollector {
  readonly #path: string;
  readonly #most: number;
  readonly #bytes: number;
  /** Bytes of the items that are read, where that is less than all. */
  #wanted: number | undefined;
  #start: Buffer = Buffer.alloc(0);
  #header: Header | undefined;
  #values: Buffer = Buffer.alloc(0);
  #received = 0;

  constructor(path: string, { most, bytes }: { most: number; bytes: number }) {
    this.#path = path;
    this.#most = most;
    this.#bytes = bytes;
  }

  /** Whether all that was asked for has come. */
  get isFull(): boolean {
    return this.#wanted !== undefined && this.#received >= this.#wanted;
  }

  /** The sizes are compared before anything of that size is asked for. */
  take(piece: Buffer): void {
    if (this.#header) return this.#append(this.#header, piece);
    this.#start = Buffer.concat([this.#start, piece]);
    const header = readHeader(this.#start, this.#path);
    if (!header) return;
    const begin = 4 + 4 * header.shape.length;
    this.#header = header;
    if (begin + header.bytes > this.#most) throw this.#tooShort();
    const [count = 0] = header.shape;
    if (this.#bytes < header.bytes) {
      const share = Math.max(1, Math.floor((this.#bytes / header.bytes) * count)) / count;
      this.#header = { ...header, length: header.length * share, bytes: header.bytes * share };
      this.#wanted = this.#header.bytes;
    }
    this.#values = Buffer.allocUnsafeSlow(this.#header.bytes);
    this.#append(this.#header, this.#start.subarray(begin));
  }

  finish(): IdxArray {
    const header = this.#header;
    if (!header || this.#received < header.bytes) throw this.#tooShort();
    return { shape: header.shape, data: elements(this.#values, header) };
  }

  #append({ bytes, shape }: Header, piece: Buffer): void {
    if (this.#wanted === undefined && this.#received + piece.length > bytes)
      throw new RunFailure(`${this.#path} is longer than its header says (${shape.join('×')} values).`);
    piece.copy(this.#values, this.#received);
    this.#received += piece.length;
  }

  #tooShort(): RunFailure {
    const why = this.#header ? `its header says ${this.#header.shape.join('×')} values` : 'its header is incomplete';
    return new RunFailure(`${this.#path} ends too early: ${why}.`);
  }
}

/**
 * Read a file whole. What its header claims is compared with the size of the file first, so a small file that unpacks to a
 * huge one, or lies, is refused early. Throws a RunFailure that names the file. `bytes`: read no more than the items of the first axis
 * that are whole in so many bytes, one at least; the shape is still the header's.
 */
export async function readIdx(path: string, { bytes = Number.POSITIVE_INFINITY } = {}): Promise<IdxArray> {
  try {
    const { size, packed } = await examine(path);
    const collector = new IdxCollector(path, { most: packed ? size * LARGEST_RATIO : size, bytes });
    const take = async (source: AsyncIterable<Buffer>) => {
      for await (const piece of source) {
        collector.take(piece);
        if (collector.isFull) break;
      }
    };
    const file = createReadStream(path);
    const read = packed ? pipeline(file, createGunzip(), take) : pipeline(file, take);
    // Leaving before the end is told as an abort.
    await read.catch((error: unknown) => {
      if (!collector.isFull) throw error;
    });
    return collector.finish();
  } catch (error) {
    if (error instanceof RunFailure) throw error;
    throw new RunFailure(`${path} can't be read: ${(error as Error).message}.`);
  }
}
