import { Composer, CST, isNode, Lexer, type Node, Parser } from 'yaml';
import type { Mistake } from './mistake.ts';
import { type Positions, positionsOf } from './positions.ts';

/** The most bytes that a run file may have. */
export const LARGEST_RUN_FILE = 64 * 1024;

/** A run file has a size and a shape that a person could have written: what is larger is refused unread. */
const limits = {
  bytes: LARGEST_RUN_FILE,
  /** Collections within collections; the deepest that the schema knows is 8. */
  depth: 40,
  /** Words, signs, line ends: the YAML library takes some 5 µs for each. 700 layers, a line each, have about 17,000. */
  lexemes: 18_000,
} as const;

export interface ParsedDocument {
  readonly positions: Positions;
  readonly mistakes: Mistake[];
  /** Offset of the first YAML error: nothing after it can be trusted. */
  readonly brokenAt: number;
}

/**
 * YAML text → document with positions. Aliases, anchors, tags, directives and second documents are refused; duplicate
 * keys are left to the caller (the library compares every key with every other: 6 s for 64 KB). Never throws.
 */
export function parseDocument(text: string): ParsedDocument {
  const bytes = byteLength(text, limits.bytes);
  if (bytes > limits.bytes) {
    return refused(text, 0, 'A run file has at most 64 KB; this one is larger. Remove what is not configuration.');
  }
  const { tokens, refusal, features } = tokenize(text);
  if (refusal) return refused(text, refusal.offset, refusal.message);
  const documents = compose(tokens, text.length);
  const [document, second] = documents;
  const root: Node | null = isNode(document?.contents) ? document.contents : null;
  const positions = positionsOf(text, root);
  const mistakes: Mistake[] = features.map(({ start, end, message }) => ({
    message,
    range: positions.range(start, end),
  }));
  let brokenAt = Number.POSITIVE_INFINITY;
  for (const error of document?.errors ?? []) {
    const [start, end] = error.pos;
    // An unknown tag or alias is reported above in simpler words.
    if (features.some((feature) => feature.start <= start && start <= feature.end)) continue;
    // Later errors are usually consequences of the first: one stray line causes an error on every line below it.
    if (start >= brokenAt) continue;
    if (brokenAt !== Number.POSITIVE_INFINITY) mistakes.pop();
    brokenAt = start;
    mistakes.push({
      message: syntaxMessage(error.code, error.message),
      range: positions.range(start, end),
      breaksYaml: true,
    });
  }
  if (second) {
    const start = second.range?.[0] ?? text.length;
    mistakes.push({
      message: 'A run file is one document; a second one starts here. Move it to another file.',
      range: positions.range(start, start + 3),
    });
  }
  return { positions, mistakes, brokenAt };
}

/** UTF-8 bytes of a text; stops counting past the limit. */
function byteLength(text: string, limit: number): number {
  if (text.length > limit) return text.length;
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

function refused(text: string, offset: number, message: string): ParsedDocument {
  const positions = positionsOf(text, null);
  return { positions, mistakes: [{ message, range: positions.range(offset, offset + 1) }], brokenAt: 0 };
}

interface Feature {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

/** At most this many forbidden features are listed one by one. */
const featuresListed = 50;

const forbidden: Readonly<Partial<Record<CST.TokenType, string>>> = {
  alias: 'A run file has no aliases (`*name`): write the value out here.',
  anchor: 'A run file has no anchors (`&name`): remove it.',
  tag: 'A run file has no tags (`!name`): remove it.',
  'directive-line': 'A run file has no directives (`%…`): remove the line.',
};

interface Tokens {
  tokens: CST.Token[];
  features: Feature[];
  refusal?: { offset: number; message: string };
}

/** Text → concrete syntax, counting as it goes so that a hostile file is refused before the costly part. */
function tokenize(text: string): Tokens {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const features: Feature[] = [];
  let offset = 0;
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme);
    const message = type && forbidden[type];
    if (message && features.length < featuresListed) {
      features.push({ start: offset, end: offset + lexeme.length, message });
    }
    for (const token of parser.next(lexeme)) tokens.push(token);
    // Three lexemes are marks of the lexer that are not in the text.
    if (type !== 'doc-mode' && type !== 'flow-error-end' && type !== 'scalar') offset += lexeme.length;
    count++;
    if (parser.stack.length > limits.depth) {
      return {
        tokens,
        features,
        refusal: { offset, message: 'Nested too deeply: a run file has no key at this depth.' },
      };
    }
    if (count > limits.lexemes) {
      const message = `A run file has at most ${limits.lexemes} words and signs; this one has more. Use \`repeat\` for identical layers.`;
      return { tokens, features, refusal: { offset, message } };
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens, features };
}

function compose(tokens: CST.Token[], length: number): ReturnType<typeof composed> {
  // V8 records a stack for every error, 10 µs each; a broken file may have thousands, and their stacks are never read.
  const errors: { stackTraceLimit?: number } = Error;
  const before = errors.stackTraceLimit;
  errors.stackTraceLimit = 0;
  try {
    return composed(tokens, length);
  } finally {
    if (before === undefined) delete errors.stackTraceLimit;
    else errors.stackTraceLimit = before;
  }
}

/** The first document, and the second if there is one: further ones are ignored. */
function composed(tokens: CST.Token[], length: number) {
  const documents = [];
  for (const document of new Composer({ version: '1.2', uniqueKeys: false }).compose(tokens, true, length)) {
    documents.push(document);
    if (documents.length === 2) break;
  }
  return documents;
}

/** The library's most common errors in our words; its own message for the rest. */
function syntaxMessage(code: string, message: string): string {
  if (code === 'TAB_AS_INDENT') return 'A tab can’t indent YAML: use blanks.';
  const unclosed = /^Flow (sequence|map) in block .* end with a (.)/.exec(message);
  if (unclosed) {
    const [opened, closed] = unclosed[1] === 'map' ? ['{', '}'] : ['[', ']'];
    return `A \`${opened}\` before this is not closed: expected \`${closed}\`.`;
  }
  if (code === 'MISSING_CHAR' && message.includes('quote')) return 'A quoted text is not closed: expected its quote.';
  if (message.startsWith('Nested mappings')) {
    return 'Expected one value after a key. A second `key: value` needs its own line, indented like its neighbours.';
  }
  return `Not YAML: ${message.replace(/[.:]$/, '')}.`;
}
