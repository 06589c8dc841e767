/**
 * Text of others (names of files and classes, messages of libraries) for a terminal: a terminal obeys control characters, and shows text
 * after a bidirectional mark in another order. Both are written as JSON writes them. Pure.
 */

/**
 * Control characters but tab and line feed; marks and embeddings of writing direction; separators of lines and paragraphs, which some
 * terminals break at.
 */
const UNSAFE = /[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Text of several lines that a terminal only shows. */
export const printable = (text: string): string => text.replaceAll(UNSAFE, escaped);

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\t': '\\t' };

/** The same for what has to stay on its line: a name, a cell of a table. */
export const printableLine = (text: string): string =>
  printable(text).replaceAll(/[\n\t]/g, (character) => SHORT[character] ?? '');

/** JSON that a terminal only shows: the same value to who reads it. */
export const printableJson = (value: unknown): string => JSON.stringify(value).replaceAll(UNSAFE, escaped);
