/** How a command ends that an error ended. */
import { CommanderError } from 'commander';
import { explainError } from '../tasks/explain-error.ts';
import { Exit, say } from './output.ts';

/** Says what is wrong, where commander has not said it; a bug of ours with its stack. */
export function exitCode(error: unknown): Exit {
  if (error instanceof CommanderError) return error.exitCode === 0 ? Exit.done : Exit.badInput;
  const explained = explainError(error);
  say(explained?.message ?? (error instanceof Error ? (error.stack ?? error.message) : String(error)));
  return Exit[explained?.trouble ?? 'unexpected'];
}
