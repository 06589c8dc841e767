/** The error of a task that can't be done: the caller reports the message, and the command line derives its exit code. */
export type Trouble = 'badInput' | 'noSuchRun' | 'unexpected' | 'interrupted';

/** A task can't be done, for a reason that the user can change; the message is for the user and says what to do. */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  readonly trouble: Trouble;

  constructor(trouble: Trouble, message: string) {
    super(message);
    this.trouble = trouble;
  }
}
