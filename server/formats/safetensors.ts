/**
 * The safetensors format: 8 bytes of header length (little-endian), a JSON header, raw little-endian arrays without gaps.
 * The npm package of the name is a stub, and the format is small.
 */
import { guardJson } from './guard-json.ts';

export interface Tensors {
  /** In order. */
  readonly arrays: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  /** Free text by key (`__metadata__`). */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A header of ours is a few kilobytes; the format allows 100 MB. */
const LARGEST_HEADER = 100 * 2 ** 20;

/** Some six values an array, and the largest classifiers have some thousand arrays; a header of 100 MB may have 20 million. */
const HEADER_LIMITS = { values: 300_000, depth: 8 };

const ALIGNMENT = 8;

/** The bytes of all arrays, in order, for a checksum. */
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

/** Bytes of a number of each type of the format. */
const WIDTHS: Readonly<Record<string, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  ...{ I64: 8, U64: 8, I32: 4, U32: 4, I16: 2, U16: 2, I8: 1, U8: 1, BOOL: 1, F8_E4M3: 1, F8_E5M2: 1 },
};

interface Entry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A half-precision number: 1 bit of sign, 5 of exponent, 10 of fraction (IEEE 754, binary16). */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The numbers of some bytes as float32; undefined for a type that is not of real numbers. They are copies. */
function numbersOf(dtype: string, bytes: Uint8Array): Float32Array | undefined {
  // A copy: a Buffer's `slice` would be a view of the file, and its `buffer` the whole file, at any offset.
  const { buffer } = Uint8Array.from(bytes);
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'F16':
      return Float32Array.from(new Uint16Array(buffer), half);
    case 'BF16':
      // The upper half of a float32's bits.
      return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
    default:
      return undefined;
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readEntry(name: string, value: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  const width = typeof dtype === 'string' && Object.hasOwn(WIDTHS, dtype) ? WIDTHS[dtype] : undefined;
  if (typeof dtype !== 'string' || width === undefined)
    throw new Error(`${name} has the unknown type ${String(dtype)}`);
  if (!Array.isArray(shape) || !shape.every(isCount)) throw new Error(`${name} has no valid shape`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    throw new Error(`${name} has no valid offsets`);
  const [begin, end] = offsets as [number, number];
  const bytes = width * shape.reduce((product: number, n: number) => product * n, 1);
  if (end - begin !== bytes) throw new Error(`${name} should take ${bytes} bytes and takes ${end - begin}`);
  return { name, dtype, shape, begin, end };
}

/** The contents of a file. */
export interface ReadTensors extends Tensors {
  /** Types of the arrays that are not of real numbers, by name: those are not in `arrays`. */
  readonly others: ReadonlyMap<string, string>;
}

/** The header's JSON; throws what is wrong with it. */
function readHeader(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    guardJson(bytes, HEADER_LIMITS);
    return JSON.parse(text) as unknown;
  } catch (error) {
    // What the decoder and the parser say is of bytes and positions.
    const isOurs = !(error instanceof SyntaxError || error instanceof TypeError);
    const why = isOurs
      ? (error as Error).message
      : 'it is no JSON: the file was overwritten, cut off, or is of another kind';
    throw new Error(`its header can't be read: ${why}`, { cause: error });
  }
}

/**
 * Read a file's bytes; throws an Error with the problem. The arrays are copies, as float32: F64 is rounded, F16 and BF16 are
 * exact.
 */
export function decodeTensors(file: Uint8Array): ReadTensors {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 8) throw new Error('the file is cut off: it is shorter than its header’s length');
  const length = view.getBigUint64(0, true);
  if (length > BigInt(Math.min(LARGEST_HEADER, file.length - 8)))
    throw new Error(`the file is cut off or of another kind: its header cannot be ${length} bytes long`);
  const start = 8 + Number(length);
  const header = readHeader(file.subarray(8, start));
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw new Error('the header is not an object');
  const { __metadata__: metadata = {}, ...rest } = header as Record<string, unknown>;
  // In the order of the file: an object lists names that are integers first.
  const entries = Object.entries(rest)
    .map(([name, value]) => readEntry(name, value))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let expected = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== expected) throw new Error(`${name} overlaps another array or leaves a gap`);
    expected = end;
  }
  if (start + expected !== file.length)
    throw new Error(`the arrays end at byte ${start + expected}, the file at ${file.length}`);
  const arrays = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const others = new Map<string, string>();
  for (const { name, dtype, shape, begin, end } of entries) {
    const data = numbersOf(dtype, file.subarray(start + begin, start + end));
    if (data) arrays.set(name, { shape, data });
    else others.set(name, dtype);
  }
  const isText = (value: unknown): value is Record<string, string> =>
    typeof value === 'object' && value !== null && Object.values(value).every((item) => typeof item === 'string');
  if (!isText(metadata)) throw new Error('the metadata are not strings');
  return { arrays, metadata, others };
}
