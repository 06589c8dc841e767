import type { SourcePath } from '../domain/config.ts';

/**
 * The run cannot go on and a restart would not help: bad data, no backend, a checkpoint of something else. The message is
 * for the user and says what to do.
 */
export class RunFailure extends Error {
  override readonly name = 'RunFailure';
  /** What in the run file it is about, where it is about something there. */
  readonly source: SourcePath | undefined;

  constructor(message: string, source?: SourcePath) {
    super(message);
    this.source = source;
  }
}
