import type { Piece } from './format-pieces.ts';

/** A line before and after formatting. */
export interface FormattedLine {
  /** Columns (from 0) of the first piece that is not a comment, before and after; absent if there is none. */
  readonly indent?: { readonly before: number; readonly after: number };
  /** The formatted line without its comment. */
  readonly text: string;
  readonly comment?: { readonly text: string; readonly column: number; readonly gap: number };
}

/** A bracket that is open. */
interface Bracket {
  /** Column of the lines within it, and of a line that starts with its closing bracket. */
  readonly inside: number;
  readonly outside: number;
  /** What the user put after the bracket: a blank or nothing. */
  readonly padding: string;
}

/** The lines of a text's pieces, with `width` columns from a key to what is beneath it. */
export function layOut(pieces: readonly Piece[], width: number): FormattedLine[] {
  const brackets: Bracket[] = [];
  const lines: FormattedLine[] = [];
  let line: Piece[] = [];
  let lineStart = 0;
  const endLine = (): void => {
    lines.push(layLine(line, { lineStart, brackets, width }));
    line = [];
  };
  for (const piece of pieces) {
    if (piece.kind !== 'newline') {
      line.push(piece);
      continue;
    }
    endLine();
    lineStart = piece.offset + piece.text.length;
  }
  endLine();
  return lines;
}

/** One line; brackets that it opens and closes are put into and taken from `brackets`. */
function layLine(
  pieces: readonly Piece[],
  { lineStart, brackets, width }: { lineStart: number; brackets: Bracket[]; width: number },
): FormattedLine {
  const [first] = pieces;
  const last = pieces.at(-1);
  const comment = last?.kind === 'comment' ? last : undefined;
  const content = pieces.filter((piece) => piece !== comment);
  const end = content.at(-1);
  const formatted = comment && {
    text: comment.text,
    column: comment.offset - lineStart,
    gap: end ? comment.offset - end.offset - end.text.length : 0,
  };
  if (!first || first === comment) return { text: '', ...(formatted && { comment: formatted }) };
  if (first.kind === 'verbatim') return { text: first.text };
  const around = brackets.at(-1);
  const indent = (first.kind === 'close' ? around?.outside : around?.inside) ?? first.indent;
  // What hangs from this line: within brackets the line itself, else its key.
  const base = around ? indent : undefined;
  let laid = '';
  let before: Piece | undefined;
  for (const [i, piece] of content.entries()) {
    const closing = piece.kind === 'close' ? brackets.pop() : undefined;
    laid += gap(piece, { before, padding: (closing ?? brackets.at(-1))?.padding ?? '' }) + piece.text;
    if (piece.kind === 'open') {
      const outside = base ?? (piece === first ? indent : piece.base);
      const next = content[i + 1];
      // A sign in the place of a word takes no blank before it.
      const isPadded = next && next.offset > piece.offset + 1 && next.kind !== 'colon' && next.kind !== 'comma';
      brackets.push({ inside: outside + width, outside, padding: isPadded ? ' ' : '' });
    }
    before = piece;
  }
  return {
    indent: { before: first.offset - lineStart, after: indent },
    text: ' '.repeat(indent) + laid,
    ...(formatted && { comment: formatted }),
  };
}

/** The blank before a piece of a line, or none. `padding`: that of the brackets around it. */
function gap(piece: Piece, { before, padding }: { before: Piece | undefined; padding: string }): string {
  if (!before || piece.kind === 'comma' || piece.kind === 'colon') return '';
  if (before.kind === 'open') return piece.kind === 'close' ? '' : padding;
  return piece.kind === 'close' ? padding : ' ';
}
