/** Times and sizes as people read them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatDuration, speakDuration } from '../../../server/domain/numbers/units.ts';

test('durations are written and spoken', () => {
  assert.deepEqual([0, 0.5, 9.96, 45, 59.7, 200, 180, 3600, 7500, 3e5, -1, Number.NaN].map(formatDuration), [
    '0.0 s',
    '0.5 s',
    '10 s',
    '45 s',
    '1 min',
    '3 min 20 s',
    '3 min',
    '1 h',
    '2 h 5 min',
    '3.5 days',
    '–',
    '–',
  ]);
  assert.deepEqual([1, 61, 7500].map(speakDuration), ['1 second', '1 minute 1 second', '2 hours 5 minutes']);
});

test('sizes take the unit that leaves one to three digits before the point', () =>
  assert.deepEqual([0, 640, 999, 1000, 1.44e6, 273.8e6, 999_999, 999.4e3, 2 ** 31, 5e12, 5e16].map(formatBytes), [
    '0 B',
    '640 B',
    '999 B',
    '1 kB',
    '1.44 MB',
    '274 MB',
    '1 MB',
    '999 kB',
    '2.15 GB',
    '5 TB',
    '50,000 TB',
  ]));
