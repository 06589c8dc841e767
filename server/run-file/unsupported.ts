import type { SourcePath } from '../domain/config.ts';

/**
 * What the run file's format knows and this release can't do yet. Each is refused where it is written, so that a run
 * never silently does something else. The list shrinks with every release; nothing else has to change when it does.
 */
interface Unsupported {
  /** The last keys of the path. */
  readonly keys: readonly string[];
  /** Whether the value asks for what is not there; absent: any value does. */
  readonly asks?: (value: unknown) => boolean;
  /** What is not there, as the subject of a sentence's end. */
  readonly what: string;
}

const list: readonly Unsupported[] = [
  {
    keys: ['train', 'workers'],
    asks: (value) => !(Array.isArray(value) && value.length === 0),
    what: 'workers on other machines',
  },
];

const endsWith = (path: SourcePath, keys: readonly string[]): boolean =>
  keys.every((key, i) => path[path.length - keys.length + i] === key);

/** The message for a value that this release can't honour, or undefined. */
export function unsupported(path: SourcePath, value: unknown): string | undefined {
  const entry = list.find(({ keys, asks }) => endsWith(path, keys) && (asks === undefined || asks(value)));
  return entry && `Not in this release: ${entry.what}; remove it.`;
}

/** Whether completion offers a key: not one that is refused, nor a section that holds nothing else. */
export const isOffered = (path: SourcePath): boolean =>
  !list.some(({ keys }) => endsWith(path, keys) || (keys.length > 2 && endsWith(path, keys.slice(0, -1))));
