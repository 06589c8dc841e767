/**
 * A number that survives JSON, which has neither NaN nor the infinities: those three are sent as the strings that
 * `Number()` reads back. Used wherever a loss or a norm crosses a process or is printed as JSON.
 */
export type Scalar = number | 'NaN' | 'Infinity' | '-Infinity';

/** Write a number so that JSON keeps it exactly. */
export const toScalar = (value: number): Scalar =>
  Number.isFinite(value) ? value : (String(value) as 'NaN' | 'Infinity' | '-Infinity');

/** Read a number that `toScalar` wrote. */
export const fromScalar = (scalar: Scalar): number => Number(scalar);

/**
 * A column of numbers, packed as the base64 text of little-endian doubles: exact, not-finite ones included, and a
 * quarter of the time and space of JSON digits.
 */
export type Packed = string;

/** Pack numbers for a message. Every platform that Node and a webview run on is little-endian. */
export function pack(values: Float64Array | readonly number[]): Packed {
  const bytes = new Uint8Array(Float64Array.from(values).buffer);
  let text = '';
  // String.fromCharCode takes its arguments on the stack: go in pieces that fit.
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

/** Unpack what `pack` made. */
export function unpack(packed: Packed): Float64Array {
  const text = atob(packed);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new Float64Array(bytes.buffer);
}
