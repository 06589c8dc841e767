/** What a JSON text costs to read, and whether it says one thing only: looked at before it is parsed, which takes ten times its size. */
import { formatCount } from '../domain/numbers/format.ts';

export interface JsonLimits {
  /** The most values in it. */
  readonly values: number;
  /** The most brackets within brackets. */
  readonly depth: number;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [...'"\\,:'].map((character) => character.charCodeAt(0));
const OPEN = new Set([...'{['].map((character) => character.charCodeAt(0)));
const CLOSE = new Set([...'}]'].map((character) => character.charCodeAt(0)));

/** Where the string that begins at `at` ends, its closing quote included. */
function endOfString(bytes: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < bytes.length && bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
  return Math.min(end + 1, bytes.length);
}

/**
 * Throws where a JSON text (UTF-8) has more values or is deeper than it may, or where an object has two entries of a name: of those,
 * readers take one or the other. Whether it is JSON at all is left to who parses it.
 */
export function guardJson(bytes: Uint8Array, { values, depth }: JsonLimits): void {
  const names: Set<string>[] = [];
  let count = 0;
  let string: { begin: number; end: number } | undefined;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      string = { begin: at, end: endOfString(bytes, at) };
      at = string.end - 1;
    } else if (OPEN.has(byte)) {
      names.push(new Set());
      if (names.length > depth) throw new Error(`it is deeper than ${depth} brackets`);
    } else if (CLOSE.has(byte)) names.pop();
    else if (byte === COMMA) {
      if (++count > values) throw new Error(`it has more than ${formatCount(values)} values`);
    } else if (byte === COLON && string) {
      const name: unknown = JSON.parse(Buffer.from(bytes.subarray(string.begin, string.end)).toString('utf8'));
      const known = names.at(-1);
      if (known?.has(String(name))) throw new Error(`it has two entries for ${String(name)}`);
      known?.add(String(name));
    }
  }
}
