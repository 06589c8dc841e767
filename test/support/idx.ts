/** Writes IDX files for tests, from the format's description (http://yann.lecun.com/exdb/mnist). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type IdxType = 'uint8' | 'int8' | 'int16' | 'int32' | 'float32' | 'float64';

const TYPES: Record<
  IdxType,
  { code: number; bytes: number; write: (buffer: Buffer, value: number, offset: number) => void }
> = {
  uint8: { code: 0x08, bytes: 1, write: (buffer, value, offset) => buffer.writeUInt8(value, offset) },
  int8: { code: 0x09, bytes: 1, write: (buffer, value, offset) => buffer.writeInt8(value, offset) },
  int16: { code: 0x0b, bytes: 2, write: (buffer, value, offset) => buffer.writeInt16BE(value, offset) },
  int32: { code: 0x0c, bytes: 4, write: (buffer, value, offset) => buffer.writeInt32BE(value, offset) },
  float32: { code: 0x0d, bytes: 4, write: (buffer, value, offset) => buffer.writeFloatBE(value, offset) },
  float64: { code: 0x0e, bytes: 8, write: (buffer, value, offset) => buffer.writeDoubleBE(value, offset) },
};

/** The header alone: two zeros, the type, the number of axes, their lengths. */
export function idxHeader(type: IdxType, shape: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header[2] = TYPES[type].code;
  header[3] = shape.length;
  shape.forEach((length, axis) => {
    header.writeUInt32BE(length, 4 + 4 * axis);
  });
  return header;
}

export function idxBytes(type: IdxType, shape: readonly number[], values: ArrayLike<number>): Buffer {
  const { bytes, write } = TYPES[type];
  const data = Buffer.alloc(bytes * values.length);
  for (let i = 0; i < values.length; i++) write(data, values[i] ?? 0, i * bytes);
  return Buffer.concat([idxHeader(type, shape), data]);
}

/** A folder that is gone after use. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'rectiscope-test-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface IdxSplit {
  readonly type?: IdxType;
  readonly shape: readonly number[];
  readonly images: ArrayLike<number>;
  readonly labels: readonly number[];
}

/** Images and labels under the names that a source has them. */
export function writeSplit(
  folder: string,
  name: 'train' | 't10k',
  { type = 'uint8', shape, images, labels }: IdxSplit,
): void {
  writeFileSync(join(folder, `${name}-images-idx${shape.length}-ubyte`), idxBytes(type, shape, images));
  writeFileSync(join(folder, `${name}-labels-idx1-ubyte`), idxBytes('uint8', [labels.length], labels));
}
