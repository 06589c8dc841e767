/** Runs that repeat each other with another seed as `compare --group seed` prints them. */
import { formatFixed, formatLoss } from '../domain/numbers/format.ts';
import type { Difference } from '../tasks/configurations.ts';
import type { SeedGroup, Spread } from '../tasks/seed-groups.ts';
import { table } from './output.ts';

const shown = (value: Spread | undefined, write: (x: number) => string): string =>
  value === undefined ? '–' : `${write(value.mean)}${value.std === undefined ? '' : ` ± ${write(value.std)}`}`;
const points = (x: number): string => formatFixed(x, 2);

/** Groups side by side, for people. */
export const groupTable = (groups: readonly Omit<SeedGroup, 'text'>[], configuration: readonly Difference[]): string =>
  table([
    ['', ...groups.map(({ name }) => name)],
    ...configuration.map(({ key, values }) => [key, ...values.map((entry) => entry ?? '–')]),
    ['runs', ...groups.map(({ runs }) => String(runs.length))],
    ['states', ...groups.map(({ runs }) => [...new Set(runs.map(({ state }) => state))].join(', '))],
    ['top-1 error, %', ...groups.map(({ top1 }) => shown(top1, points))],
    ['best top-1 error, %', ...groups.map(({ best_top1 }) => shown(best_top1, points))],
    ['loss, last step', ...groups.map(({ loss }) => shown(loss, formatLoss))],
  ]);
