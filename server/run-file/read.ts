import type { RunConfig } from '../domain/config.ts';
import type { StoredMoments } from '../domain/network/stored-weights.ts';
import { printableLine } from '../protocol/printable.ts';
import { findConflicts } from './conflicts.ts';
import { parseDocument } from './document.ts';
import type { Conflict, Mistake } from './mistake.ts';
import { baseName, resolvePath } from './paths.ts';
import { find, type Positions } from './positions.ts';
import { resolve } from './resolve.ts';
import { runFileSchema } from './schema.ts';
import { validate } from './validate.ts';
import { type ReadStored, readStoredWeights } from './weights-from-file.ts';

export interface ReadOptions {
  /** The file's name or path: names the run if the file does not. */
  readonly fileName: string;
  /** The file's folder, absolute; what `data.source` is relative to. */
  readonly folder: string;
  /** Allow `data` to be left out: static analysis needs none. */
  readonly forCheck?: boolean;
  /** How a relative path becomes absolute; by rules of text if it is left out. */
  readonly resolvePath?: (folder: string, path: string) => string;
  /** Reads the files that `init: {from}` names; if it is left out, they are not read. */
  readonly readStored?: ReadStored | undefined;
}

/** A run file that was read. */
export interface RunFile {
  /** Present only if there are no mistakes. */
  readonly config?: RunConfig;
  /** In order of appearance. */
  readonly mistakes: readonly Mistake[];
  readonly positions: Positions;
  /** What predictions need about layers whose weights come from a file; present if those files were read. */
  readonly stored?: Readonly<Record<string, StoredMoments>>;
}

/**
 * Text of a run file → its configuration, or all of its mistakes with their places. Never throws, whatever the text.
 * Pure: reads files only through `readStored`.
 */
export function readRunFile(text: string, options: ReadOptions): RunFile {
  const { positions, mistakes, brokenAt } = parseDocument(text);
  if (positions.root === null && mistakes.length > 0) return { mistakes, positions };
  const { value, mistakes: misfits } = validate(runFileSchema, positions);
  if (mistakes.length > 0) {
    // What follows a YAML error may have been parsed wrongly: check only what precedes it.
    const broken = positions.range(Math.min(brokenAt, text.length), text.length);
    const sound = misfits.filter(({ range }) => range.endLine < broken.line);
    return { mistakes: inOrder([...mistakes, ...(Number.isFinite(brokenAt) ? sound : misfits)]), positions };
  }
  const conflicts = findConflicts(value, options.forCheck ?? false).map((conflict) => conflicting(conflict, positions));
  if (misfits.length + conflicts.length > 0) return { mistakes: inOrder([...misfits, ...conflicts]), positions };
  const parsed = runFileSchema.safeParse(value);
  if (!parsed.success) {
    const unplaced = parsed.error.issues.map(({ path, message }) => placed(path, message, positions));
    return { mistakes: unplaced, positions };
  }
  const join = options.resolvePath ?? resolvePath;
  const config = resolve(parsed.data, {
    // As strict as a name that is written: the file's own may have anything in it.
    defaultName: printableLine(baseName(options.fileName)).slice(0, 200),
    resolvePath: (path) => join(options.folder, path),
  });
  if (!options.readStored) return { config, mistakes: [], positions };
  const { conflicts: misfitting, moments } = readStoredWeights(config, options.readStored);
  return misfitting.length > 0
    ? { mistakes: inOrder(misfitting.map((conflict) => conflicting(conflict, positions))), positions }
    : { config, mistakes: [], positions, stored: moments };
}

const conflicting = ({ path, message }: Conflict, positions: Positions): Mistake => ({
  message,
  range: positions.nearestRange(path),
  ...(find(positions.root, path) ? { path } : {}),
});

/** A mistake that zod finds and our own walk does not: if schema and walk disagree, the mistake still has a place. */
function placed(path: readonly PropertyKey[], message: string, positions: Positions): Mistake {
  const source = path.filter((part) => typeof part !== 'symbol');
  return { message: `${message}.`, range: positions.nearestRange(source), path: source };
}

const inOrder = (mistakes: readonly Mistake[]): Mistake[] =>
  mistakes.toSorted((a, b) => a.range.line - b.range.line || a.range.column - b.range.column);
