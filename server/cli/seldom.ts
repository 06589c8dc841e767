/** Progress for people: a line every two seconds is enough. */
import { systemClock } from '../system/clock.ts';

const PAUSE_MS = 2000;

/** The same function, which does nothing within two seconds of the time before; nor at first. */
export function seldom<Words extends unknown[]>(tell: (...words: Words) => void): (...words: Words) => void {
  let told = systemClock.monotonic();
  return (...words) => {
    if (systemClock.monotonic() - told < PAUSE_MS) return;
    told = systemClock.monotonic();
    tell(...words);
  };
}
