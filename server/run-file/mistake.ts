import type { SourcePath } from '../domain/origin.ts';
import { printableLine } from '../protocol/printable.ts';

/** A stretch of the run file. Lines and columns count from 1, columns in UTF-16 units; the end is exclusive. */
export interface Range {
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** The rule id of mistakes among findings: not a rule of the diagnosis, and it can't be ignored. */
export const RUN_FILE_RULE = 'run-file';

/** The same in an editor for a violation of YAML itself, so that an editor that also reads YAML reports it once. */
export const YAML_RULE = 'yaml';

/** One thing that is wrong with a run file, and where. */
export interface Mistake {
  /** A sentence for the user: what was expected, what was found, the nearest valid key. */
  readonly message: string;
  readonly range: Range;
  /** The key or value concerned, if it has a place in the document. */
  readonly path?: SourcePath;
  /** A text that fixes the mistake when it replaces the range. */
  readonly suggestion?: string;
  /** Set if removing the entry at `path` fixes the mistake. */
  readonly removable?: boolean;
  /** Set if it violates YAML itself: any other tool that reads YAML reports it, too. */
  readonly breaksYaml?: boolean;
}

/** A path for people: `network.layers[3].conv.kernel`. */
export function describePath(path: SourcePath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** A path as the subject of a message. */
export const subject = (path: SourcePath): string => (path.length === 0 ? 'The run file' : `\`${describePath(path)}\``);

const longestShown = 40;

/** A found value for people, cut to a line's worth. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  // "1" is not 1: if a text could be mistaken for another type, its quotes are shown.
  const mistakable = typeof value === 'string' && /^(?:[-+.\d].*|true|false|null|~|)$/s.test(value);
  const text = (mistakable ? JSON.stringify(value) : String(value)).replaceAll(/\s+/g, ' ');
  return `\`${text.length > longestShown ? `${text.slice(0, longestShown)}…` : text}\``;
}

/** `a`, `b` or `c`. */
export function listChoices(choices: readonly string[], join = 'or'): string {
  const quoted = choices.map((choice) => `\`${choice}\``);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} ${join} ${quoted.at(-1)}`;
}

/** A conflict between keys that are each valid alone. */
export interface Conflict {
  readonly path: SourcePath;
  readonly message: string;
}

/** `FILE:LINE:COLUMN: message`, as compilers write it. */
export const placedMistake = (file: string, { range, message }: Mistake): string =>
  `${printableLine(file)}:${range.line}:${range.column}: ${message}`;

/** The same of all mistakes of a file, a line each. */
export const placedMistakes = (file: string, mistakes: readonly Mistake[]): string =>
  mistakes.map((mistake) => placedMistake(file, mistake)).join('\n');
