/** What a run that does not learn has in order, by number: the honest part of “no cause was found”. */
import { short } from '../numbers/format.ts';
import { type History, wasNumber } from './history.ts';
import type { RuleContext } from './observation.ts';
import { HIGH_UPDATE } from './rates.ts';
import { firstLossLimit, MOST_SQUARE } from './start.ts';

/** A number with the range in which it is no cause. */
interface Checked {
  /** What it is, in words. */
  readonly name: string;
  /** In `evidence`. */
  readonly key: string;
  readonly value: number | undefined;
  readonly least?: number;
  readonly most?: number;
}

const isFine = ({ value = Number.NaN, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY }: Checked) =>
  value >= least && value <= most;

const describe = ({ name, value = Number.NaN, least, most }: Checked): string => {
  const limits = [
    least === undefined ? '' : `at least ${short(least)}`,
    most === undefined ? '' : `at most ${short(most)}`,
  ];
  return `${name} ${short(value)} (${limits.filter(Boolean).join(', ')})`;
};

/** Numbers that were looked at, as evidence and as sentences: what they rule out, and what is out of range. */
export function ruledOut(
  { firstProbe, lastProbe, firstLoss }: History,
  { network, input, train }: RuleContext,
): { facts: Readonly<Record<string, number>>; sentence: string } {
  const checked: Checked[] = [
    {
      name: 'least signal at the start, relative to `he`',
      key: 'signal_at_start',
      value: firstProbe?.least,
      least: 0.03,
    },
    {
      name: 'gradient per weight at the start',
      key: 'gradient_at_start',
      value: firstProbe?.gradientPerWeight,
      least: 3e-3,
      most: 100,
    },
    { name: 'first loss', key: 'first_loss', value: firstLoss, most: firstLossLimit(network.classes) },
    {
      name: 'mean square of the images',
      key: 'input_mean_square',
      value: input.meanSquare,
      least: 0.1,
      most: MOST_SQUARE,
    },
    { name: 'update ratio', key: 'update_ratio', value: lastProbe?.update, least: 1e-4, most: HIGH_UPDATE },
    ...(train.weightDecay > 0
      ? [
          {
            name: 'gradient relative to decay',
            key: 'gradient_per_decay',
            value: lastProbe?.gradientPerDecay,
            least: 2,
          },
        ]
      : []),
    { name: 'share of dead units in the worst layer', key: 'dead_share', value: lastProbe?.worstDead, most: 0.9 },
  ];
  const known = checked.filter(({ value }) => value !== undefined && wasNumber(value));
  const [fine, odd] = [known.filter(isFine), known.filter((one) => !isFine(one))];
  const sentences = [
    fine.length > 0 ? `Ruled out: ${fine.map(describe).join('; ')}.` : '',
    odd.length > 0 ? `Out of range, with no known cause: ${odd.map(describe).join('; ')}.` : '',
  ];
  return {
    facts: Object.fromEntries(known.map(({ key, value = Number.NaN }) => [key, value])),
    sentence: sentences.filter(Boolean).join(' '),
  };
}
