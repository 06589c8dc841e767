/**
 * The only file of the server that reads the clock. Code that needs the time takes a `Clock` parameter, so that a test can move it.
 * Order and durations come from `monotonic`: the wall clock jumps (suspend, time servers, users).
 */
export interface Clock {
  /** Wall-clock time, milliseconds since 1970: for display and names, never for ordering. */
  wall(): number;
  /** Milliseconds since an arbitrary moment; never decreases. */
  monotonic(): number;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
};

/** Wall-clock time as ISO 8601, as in the store and the messages. */
export const isoTime = (clock: Clock): string => new Date(clock.wall()).toISOString();
