import type { ServerStatus } from '../protocol/requests.ts';

/**
 * The message that a server looks for TensorFlow in another folder than this process: it keeps the environment that it was started
 * with, and its trainers inherit it. Undefined if both use the same folder.
 */
export function otherRuntime({ runtime }: ServerStatus, environment: NodeJS.ProcessEnv): string | undefined {
  if (runtime === environment['RECTISCOPE_RUNTIME']) return undefined;
  const theirs = runtime === undefined ? 'without RECTISCOPE_RUNTIME' : `with RECTISCOPE_RUNTIME=${runtime}`;
  return `The training server was started ${theirs}.`;
}

/** What to do about it. */
export const RESTART_FOR_RUNTIME = '`rectiscope server stop` lets the next command start it with yours.';
