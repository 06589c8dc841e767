/** Reads IDX files (the format of MNIST), packed with gzip or not. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { RunFailure } from '../failure.ts';

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
      `${file} is not an IDX file: it does not begin with two zeros, a known element type and a number of axes.`,
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
  if (code === 8) return new Uint8Array(bytes);
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

async function isPacked(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

/**
 * Read a file whole. Sizes are checked against the header before anything of that size is kept, so a small file that
 * unpacks to a huge one is refused early. Throws a RunFailure that names the file.
 */
export async function readIdx(path: string): Promise<IdxArray> {
  const pieces: Buffer[] = [];
  let received = 0;
  let header: Header | undefined;
  const take = async (source: AsyncIterable<Buffer>) => {
    for await (const piece of source) {
      pieces.push(piece);
      received += piece.length;
      header ??= readHeader(pieces.length === 1 ? piece : Buffer.concat(pieces), path);
      if (header && received > headerBytes(header) + header.bytes)
        throw new RunFailure(`${path} is longer than its header says (${header.shape.join('×')} values).`);
    }
  };
  try {
    const file = createReadStream(path);
    if (await isPacked(path)) await pipeline(file, createGunzip(), take);
    else await pipeline(file, take);
  } catch (error) {
    if (error instanceof RunFailure) throw error;
    throw new RunFailure(`${path} can't be read: ${(error as Error).message}.`);
  }
  if (!header || received < headerBytes(header) + header.bytes)
    throw new RunFailure(
      `${path} ends too early: ${header ? `its header says ${header.shape.join('×')} values` : 'its header is not whole'}.`,
    );
  return { shape: header.shape, data: elements(Buffer.concat(pieces).subarray(headerBytes(header)), header) };
}

const headerBytes = ({ shape }: Header): number => 4 + 4 * shape.length;
