import type { SourcePath } from '../domain/origin.ts';
import type { Positions } from './positions.ts';

/**
 * The run cannot go on and a restart would not help: bad data, no backend, a checkpoint of something else. The message is
 * for the user and says what to do.
 */
export class RunFailure extends Error {
  override readonly name = 'RunFailure';
  /** What in the run file it is about, where it is about something there. */
  readonly source: SourcePath | undefined;
  /** `interrupted`: it is no fault of the run, which can go on as soon as something is there again. */
  readonly state: 'failed' | 'interrupted';

  constructor(message: string, source?: SourcePath, state: 'failed' | 'interrupted' = 'failed') {
    super(message);
    this.source = source;
    this.state = state;
  }
}

/** The message of a failure, with its place in the run file where it has one: `FILE:LINE:COLUMN: …`. */
export function placed(file: string, positions: Positions, { message, source }: RunFailure): string {
  if (!source) return message;
  const { line, column } = positions.nearestRange(source);
  return `${file}:${line}:${column}: ${message}`;
}
