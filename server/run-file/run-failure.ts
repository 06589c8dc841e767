import type { SourcePath } from '../domain/origin.ts';
import type { Positions } from './positions.ts';

/**
 * The run cannot continue and a restart would not help: bad data, no backend, a checkpoint of something else. The message is
 * for the user and says what to do.
 */
export class RunFailure extends Error {
  override readonly name = 'RunFailure';
  /** The place in the run file that causes it, if there is one. */
  readonly source: SourcePath | undefined;
  /** `interrupted`: not the run's fault: it can continue once the missing resource is back. */
  readonly state: 'failed' | 'interrupted';

  constructor(message: string, source?: SourcePath, state: 'failed' | 'interrupted' = 'failed') {
    super(message);
    this.source = source;
    this.state = state;
  }
}

/** The message of a failure, with its place in the run file if it has one: `FILE:LINE:COLUMN: …`. */
export function placed(file: string, positions: Positions, { message, source }: RunFailure): string {
  if (!source) return message;
  const { line, column } = positions.nearestRange(source);
  return `${file}:${line}:${column}: ${message}`;
}
