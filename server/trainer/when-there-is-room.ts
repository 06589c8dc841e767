/** What takes room on a disk is done again until there is some: a full disk makes a run wait, it does not end it. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Between two attempts, milliseconds. */
const RETRY_MS = 1000;

const isFull = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT'].includes(String((error as { code?: unknown } | undefined)?.code));

/** `waiting` is told why before every wait, and undefined once it is over. Throws what is no matter of room. */
export async function whenThereIsRoom<T>(
  work: () => Promise<T>,
  waiting: (why: string | undefined) => void,
  retryMs = RETRY_MS,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      const result = await work();
      if (failures > 0) waiting(undefined);
      return result;
    } catch (error) {
      if (!isFull(error)) throw error;
      waiting((error as Error).message);
      await sleep(retryMs);
    }
  }
}
