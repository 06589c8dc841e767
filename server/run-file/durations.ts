import type { Duration } from '../domain/config.ts';
import { durationPattern } from '../domain/settings/fields.ts';

/** A number of epochs, or a text such as `500 steps` that the schema has already accepted → a duration. */
export function toDuration(written: number | string): Duration {
  if (typeof written === 'number') return { value: written, unit: 'epochs' };
  const { steps, epochs } = durationPattern.exec(written)?.groups ?? {};
  return steps === undefined ? { value: Number(epochs), unit: 'epochs' } : { value: Number(steps), unit: 'steps' };
}
