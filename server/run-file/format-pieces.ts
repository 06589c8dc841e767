import type { CST } from 'yaml';

/**
 * A run file as the pieces that a formatter may move: words, signs, comments and line breaks in the order of the text,
 * blanks left out. Joined, with blanks between, they are the text again.
 */
export interface Piece {
  readonly kind: 'word' | 'open' | 'close' | 'comma' | 'colon' | 'dash' | 'comment' | 'newline' | 'verbatim';
  readonly text: string;
  /** Index into the text. */
  readonly offset: number;
  /** Its column if it is the first of a line, outside brackets. */
  readonly indent: number;
  /** Of an opening bracket: the column that its lines hang from. */
  readonly base: number;
}

/** The context of a token: the formatted columns around it. */
interface Place {
  /** Of the token itself if it is the first of a line. */
  readonly indent: number;
  /** Of the mapping's key or the list's item that it belongs to. */
  readonly base: number;
  /** Columns from a key to what is beneath it. */
  readonly width: number;
}

/** Columns from a dash to its item. */
const DASH = 2;

/** The pieces of what the YAML library's parser reads of a text, with `width` columns from a key to what is beneath it. */
export function piecesOf(tokens: readonly CST.Token[], width: number): Piece[] {
  const pieces: Piece[] = [];
  for (const token of tokens) addToken(pieces, token, { indent: 0, base: 0, width });
  return pieces;
}

function addToken(pieces: Piece[], token: CST.Token | null | undefined, place: Place): void {
  if (!token) return;
  switch (token.type) {
    case 'document':
      addAll(pieces, token.start, place);
      addToken(pieces, token.value, place);
      addAll(pieces, token.end, place);
      return;
    case 'block-map':
      for (const item of token.items) addPair(pieces, item, { ...place, base: place.indent });
      return;
    case 'block-seq':
      for (const { start, value } of token.items) {
        const inside = place.indent + DASH;
        addAll(pieces, start, place);
        addToken(pieces, value, { ...place, indent: inside, base: inside });
      }
      return;
    case 'flow-collection':
      addToken(pieces, token.start, place);
      for (const { start, key, sep, value } of token.items) {
        addAll(pieces, start, place);
        addToken(pieces, key, place);
        addAll(pieces, sep, place);
        addToken(pieces, value, place);
      }
      addAll(pieces, token.end, place);
      return;
    case 'block-scalar':
      for (const prop of token.props) addToken(pieces, prop, place);
      addVerbatim(pieces, token, place);
      return;
    case 'space':
    case 'doc-mode':
    case 'flow-error-end':
      return;
    case 'newline':
      addPiece(pieces, token, { ...place, kind: 'newline' });
      return;
    default:
      addWords(pieces, token, place);
      if ('end' in token) addAll(pieces, token.end, place);
  }
}

function addAll(pieces: Piece[], tokens: readonly CST.Token[] | undefined, place: Place): void {
  for (const token of tokens ?? []) addToken(pieces, token, place);
}

function addPair(pieces: Piece[], { start, key, sep, value }: CST.BlockMap['items'][number], place: Place): void {
  const beneath = { ...place, indent: place.indent + place.width };
  addAll(pieces, start, place);
  addToken(pieces, key, place);
  addAll(pieces, sep, place);
  addToken(pieces, value, beneath);
}

const signs: Readonly<Record<string, Piece['kind']>> = {
  '{': 'open',
  '[': 'open',
  '}': 'close',
  ']': 'close',
  ',': 'comma',
  ':': 'colon',
  '-': 'dash',
};
const signTypes = new Set(['flow-map-start', 'flow-seq-start', 'flow-map-end', 'flow-seq-end', 'comma']);
const isSign = ({ type }: CST.Token): boolean =>
  signTypes.has(type) || type === 'map-value-ind' || type === 'seq-item-ind';

function addPiece(
  pieces: Piece[],
  { source, offset }: { source: string; offset: number },
  { kind, indent, base }: Pick<Piece, 'kind' | 'indent' | 'base'>,
): void {
  if (source !== '') pieces.push({ kind, text: source, offset, indent, base });
}

/** A word, a sign, a comment; a text that runs over several lines, line by line. */
function addWords(pieces: Piece[], token: CST.Token, place: Place): void {
  if (!('source' in token)) return;
  const { source, offset } = token;
  const kind = token.type === 'comment' ? 'comment' : (isSign(token) && signs[source]) || 'word';
  if (!/[\r\n]/.test(source)) {
    addPiece(pieces, { source: source.trimEnd(), offset }, { ...place, kind });
    return;
  }
  // The indentation of a text's later lines does not count.
  const later = { ...place, indent: Math.max(place.indent, place.base + place.width) };
  let at = offset;
  for (const [i, part] of source.split(/(\r\n|\n)/).entries()) {
    const text = part.trim();
    if (i % 2 === 1) addPiece(pieces, { source: part, offset: at }, { ...place, kind: 'newline' });
    else addPiece(pieces, { source: text, offset: at + part.indexOf(text) }, { ...(i === 0 ? place : later), kind });
    at += part.length;
  }
}

/** The lines of a block of text, whose blanks count. */
function addVerbatim(pieces: Piece[], { source, offset, props }: CST.BlockScalar, place: Place): void {
  const last = props.at(-1);
  let at = last && 'source' in last ? last.offset + last.source.length : offset;
  for (const [i, part] of source.split(/(\r\n|\n)/).entries()) {
    addPiece(pieces, { source: part, offset: at }, { ...place, kind: i % 2 === 1 ? 'newline' : 'verbatim' });
    at += part.length;
  }
}
