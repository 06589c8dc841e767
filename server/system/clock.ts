/**
 * The one file of the server that reads the clock. Whoever needs the time is handed a `Clock`, so that a test can move it.
 * Order and durations come from `monotonic`: the wall clock jumps (suspend, time servers, users).
 */
export interface Clock {
  /** Wall-clock time, milliseconds since 1970: for showing and for naming, never for ordering. */
  wall(): number;
  /** Milliseconds since an arbitrary moment; never goes back. */
  monotonic(): number;
}

export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
};

/** Wall-clock time as ISO 8601, as the store and the messages carry it. */
export const isoTime = (clock: Clock): string => new Date(clock.wall()).toISOString();
