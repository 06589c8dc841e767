/** Which messages of a page in a browser are accepted: those of a valid shape. */
import type { PageMessage } from '../protocol/panel.ts';

/** An object of unknown origin with the keys that we look for. */
type Fields = Readonly<Partial<Record<'type' | 'run' | 'runs' | 'line' | 'layer' | 'rule', unknown>>>;

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 1000;

/** The message in the JSON that a page sent; undefined if it is not one. */
export function pageMessage(json: string): PageMessage | undefined {
  const message = parsed(json);
  if (message === undefined) return undefined;
  const { type, run, runs, line, layer, rule } = message;
  switch (type) {
    case 'ready':
    case 'train':
    case 'newRunFile':
    case 'reconnect':
      return { type };
    case 'choose':
      return Array.isArray(runs) && runs.every(isText) ? { type, runs } : undefined;
    case 'snapshotPlease':
    case 'stop':
    case 'resume':
    case 'remove':
      return isText(run) ? { type, run } : undefined;
    case 'reveal':
      return isText(run) && Number.isSafeInteger(line) ? { type, run, line: line as number } : undefined;
    case 'revealLayer':
      return isText(run) && isText(layer) ? { type, run, layer } : undefined;
    case 'applyFix':
    case 'prove':
      return isText(run) && isText(rule) ? { type, run, rule } : undefined;
    default:
      return undefined;
  }
}

function parsed(json: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    // Without valid JSON there is no message.
    return undefined;
  }
}
