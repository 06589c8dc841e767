/** The curves of runs at the same steps as `compare` prints them. */
import { formatCount, formatLoss, formatPercent } from '../domain/numbers/format.ts';
import { type CommonCurve, type CommonCurves, POINTS, some } from '../tasks/compare-curves.ts';
import { table } from './output.ts';

/** A row a step; of two runs the second less the first, too. Empty where there is no common step. */
export function curvesText({ loss, top1 }: CommonCurves, names: readonly string[]): string {
  const rows = (
    { step, values }: CommonCurve,
    { what, write }: { what: string; write: (value: number) => string },
  ): string[][] =>
    some(step.length, POINTS).map((i) => {
      const at = values.map((one) => Number(one[i]));
      const [first = 0, second = 0] = at;
      const difference = second - first;
      const signed = `${difference > 0 ? '+' : difference < 0 ? '−' : ''}${write(Math.abs(difference))}`;
      return [
        `${what}, step ${formatCount(step[i] ?? Number.NaN)}`,
        ...at.map(write),
        ...(at.length === 2 ? [signed] : []),
      ];
    });
  const all = [
    ...rows(loss, { what: loss.window === 1 ? 'loss' : `loss, mean of ${loss.window}`, write: formatLoss }),
    ...rows(top1, { what: 'top-1 error', write: formatPercent }),
  ];
  if (all.length === 0) return '';
  return table([['', ...names, ...(names.length === 2 ? ['difference'] : [])], ...all]);
}
