/** Tables 1 and 2: the slopes that the 14-layer network learns, and their benefit. */

import { formatFixed } from '../../server/domain/numbers/format.ts';
import { mean } from '../../server/domain/numbers/statistics.ts';
import { probesOf } from '../../server/protocol/probe-table.ts';
import type { RunSnapshot } from '../../server/protocol/requests.ts';
import type { Laboratory } from './laboratory.ts';
import { markdownTable, meanAndSpread, percent, type Section } from './section.ts';

const SEEDS = [1, 2, 3];
const RECTIFIERS = [
  { id: 'relu', title: 'ReLU' },
  { id: 'prelu-layer', title: 'PReLU, a slope per layer' },
  { id: 'prelu-channel', title: 'PReLU, a slope per channel' },
] as const;

/** Learnt slope of each layer at the last probe, its mean over channels. */
const slopesOf = (snapshot: RunSnapshot): { layer: string; slope: number }[] =>
  (probesOf(snapshot.probes).at(-1)?.layers ?? []).flatMap(({ name, slope_mean }) =>
    slope_mean === undefined ? [] : [{ layer: name, slope: Number(slope_mean) }],
  );

/** How much lower the mean slope of the last third of the layers is than that of the first third. */
function fallWithDepth(slopes: readonly { slope: number }[]): number {
  const third = Math.max(1, Math.floor(slopes.length / 3));
  const values = slopes.map(({ slope }) => slope);
  return mean(values.slice(0, third)) - mean(values.slice(-third));
}

/** Errors are per cent of 2,000 images: of one run, 95 % lie within ±1.5 of what endless images would give (Wilson). */
export async function tables1And2(laboratory: Laboratory): Promise<Section> {
  const runs = new Map<string, RunSnapshot[]>();
  for (const { id } of RECTIFIERS) {
    const file = `examples/reproduction/table-2-${id}.rectiscope.yaml`;
    const snapshots = [];
    for (const seed of SEEDS) snapshots.push(await laboratory.trained({ file, seed }));
    runs.set(id, snapshots);
  }
  const of = (id: string) => runs.get(id) ?? [];
  const errors = (id: string) => of(id).map(({ summary }) => summary.top1 ?? Number.NaN);
  const losses = (id: string) => of(id).map(({ evaluations }) => Number(evaluations.at(-1)?.loss));
  const table2 = RECTIFIERS.map(({ id, title }) => {
    const { mean, spread } = meanAndSpread(errors(id));
    const loss = meanAndSpread(losses(id));
    return [
      title,
      errors(id).map(percent).join(', '),
      `${percent(mean)} ± ${formatFixed(spread, 2)}`,
      `${formatFixed(loss.mean, 3)} ± ${formatFixed(loss.spread, 3)}`,
    ];
  });
  const relu = meanAndSpread(errors('relu')).mean;
  const better = (id: string) => meanAndSpread(errors(id)).mean < relu;
  const verdict =
    better('prelu-layer') && better('prelu-channel')
      ? 'Reproduced at this size: both are better than ReLU on average.'
      : `Not fully reproduced at this size: better than ReLU on average: ${
          RECTIFIERS.slice(1)
            .filter(({ id }) => better(id))
            .map(({ title }) => title)
            .join(' and ') || 'neither'
        }.`;

  const [channel, layer] = [of('prelu-channel').map(slopesOf), of('prelu-layer').map(slopesOf)];
  const meanSlope = (slopes: typeof channel, at: number) =>
    meanAndSpread(slopes.map((run) => run[at]?.slope ?? Number.NaN));
  const shown = ({ mean, spread }: { mean: number; spread: number }) =>
    `${formatFixed(mean, 3)} ± ${formatFixed(spread, 3)}`;
  const names = channel[0]?.map((one) => one.layer) ?? [];
  const table1 = names.map((name, at) => [name, shown(meanSlope(layer, at)), shown(meanSlope(channel, at))]);
  const first = meanSlope(channel, 0);
  const falls = meanAndSpread(channel.map(fallWithDepth));
  // Twice the standard error of the mean over seeds: smaller differences may be chance.
  const isClear = falls.mean > (2 * falls.spread) / Math.sqrt(SEEDS.length);

  const markdown = [
    '## Table 2: PReLU against ReLU',
    `The 14-layer network with a quarter of its maps, ${SEEDS.length} seeds, the same epochs. In the paper both kinds of PReLU are better than ReLU by about 1.2 points. **${verdict}**`,
    markdownTable([['rectifier', 'top-1 error by seed', 'mean ± standard deviation', 'loss'], ...table2]),
    '## Table 1: learnt slopes',
    `In the paper the first layer's slopes are far from 0, and channel-wise slopes fall with depth. Here channel-wise slopes begin at 0.25 and the first layer's end at **${shown(first)}**; from the first third of the layers to the last they fall by **${shown(falls)}: ${
      isClear ? 'a small fall, larger than its spread' : 'no clear fall in so short a training'
    }**. Mean ± standard deviation over seeds, of a layer's mean over channels.`,
    markdownTable([['layer', 'one slope per layer', 'one slope per channel'], ...table1]),
  ].join('\n\n');
  return { markdown, pictures: new Map() };
}
