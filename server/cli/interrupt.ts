/** Ctrl-C, and other words that a command is to end. */
import { systemClock } from '../system/clock.ts';

/**
 * One Ctrl-C arrives up to three times: from the terminal, through npm, and through the process that starts a newer Node
 * (bin/rectiscope.mjs). Within this time, ms, it is the same one; nobody presses it twice so fast.
 */
const SAME_MS = 400;

/** Call a handler for each SIGINT, SIGTERM or other signal that is given; returns what takes it back. */
export function onInterrupt(
  handler: () => void,
  signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'],
): () => void {
  let last = Number.NEGATIVE_INFINITY;
  const hear = (): void => {
    const now = systemClock.monotonic();
    if (now - last < SAME_MS) return;
    last = now;
    handler();
  };
  for (const signal of signals) process.on(signal, hear);
  return () => {
    for (const signal of signals) process.off(signal, hear);
  };
}
