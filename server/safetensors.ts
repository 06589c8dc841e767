/**
 * The safetensors format: 8 bytes of header length (little-endian), a JSON header, raw little-endian arrays without holes.
 * The npm package of the name is a stub, and the format is small.
 */

export interface Tensors {
  /** In order; float32. */
  readonly arrays: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  /** Free text by key (`__metadata__`). */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A header of ours is a few kilobytes; the format allows 100 MB. */
const LARGEST_HEADER = 100 * 2 ** 20;

const ALIGNMENT = 8;

/** The bytes of all arrays, in order: what a checksum is taken of. */
export const arrayBytes = (arrays: Tensors['arrays']): Uint8Array[] =>
  [...arrays.values()].map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));

/** The file, in pieces to be written one after the other. */
export function encodeTensors({ arrays, metadata }: Tensors): Uint8Array[] {
  let offset = 0;
  const entries: [string, unknown][] = [['__metadata__', metadata]];
  for (const [name, { shape, data }] of arrays) {
    entries.push([name, { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] }]);
    offset += data.byteLength;
  }
  // fromEntries, not assignment: an array may be called `__proto__`.
  const json = JSON.stringify(Object.fromEntries(entries));
  const text = Buffer.from(json);
  const padded = Buffer.alloc(Math.ceil(text.length / ALIGNMENT) * ALIGNMENT, ' ');
  text.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return [length, padded, ...arrayBytes(arrays)];
}

interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** Numbers of their own: a Buffer's `slice` would be a view of the file, and its `buffer` the whole of it. */
const copyOf = (file: Uint8Array, begin: number, end: number): Float32Array =>
  new Float32Array(Uint8Array.from(file.subarray(begin, end)).buffer);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (dtype !== 'F32') throw new Error(`${name} has the type ${String(dtype)}; only F32 is read`);
  if (!Array.isArray(shape) || !shape.every(isCount)) throw new Error(`${name} has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw new Error(`${name} has no valid place`);
  const [begin, end] = offsets as [number, number];
  const bytes = 4 * shape.reduce((product: number, n: number) => product * n, 1);
  if (end - begin !== bytes) throw new Error(`${name} should take ${bytes} bytes and takes ${end - begin}`);
  return { name, shape, begin, end };
}

/** Read a file's bytes; throws what is wrong with them. The arrays are copies. */
export function decodeTensors(file: Uint8Array): Tensors {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 8) throw new Error('the file is shorter than its header’s length');
  const length = view.getBigUint64(0, true);
  if (length > BigInt(Math.min(LARGEST_HEADER, file.length - 8)))
    throw new Error(`the header cannot be ${length} bytes long`);
  const start = 8 + Number(length);
  const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, start)));
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new Error('the header is no object');
  const { __metadata__: metadata = {}, ...rest } = header as Record<string, unknown>;
  // In the order of the file: an object's own order puts names that are numbers first.
  const entries = Object.entries(rest)
    .map(([name, value]) => readEntry(name, value))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let expected = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== expected) throw new Error(`${name} overlaps another array or leaves a hole`);
    expected = end;
  }
  if (start + expected !== file.length)
    throw new Error(`the arrays end at byte ${start + expected}, the file at ${file.length}`);
  const arrays = new Map(
    entries.map(({ name, shape, begin, end }) => [name, { shape, data: copyOf(file, start + begin, start + end) }]),
  );
  const isText = (value: unknown): value is Record<string, string> =>
    typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'string');
  if (!isText(metadata)) throw new Error('the metadata are not texts');
  return { arrays, metadata };
}
