/** Table 4: one model tested in the centre, in ten views, densely at one scale, and densely at several scales. */
import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { formatFixed } from '../../server/domain/numbers/format.ts';
import type { RunSnapshot } from '../../server/protocol/requests.ts';
import type { Laboratory } from './laboratory.ts';
import { markdownTable, meanAndSpread, percent, type Section } from './section.ts';

const SEEDS = [1, 2, 3];
const SCALES = [64, 80, 96];

interface Test {
  readonly title: string;
  readonly views: 'center' | 'ten' | 'dense';
  readonly scales: readonly number[];
}
const TESTS: readonly Test[] = [
  ...SCALES.map((scale): Test => ({ title: `centre, s = ${scale}`, views: 'center', scales: [scale] })),
  { title: 'ten views, s = 80', views: 'ten', scales: [80] },
  ...SCALES.map((scale): Test => ({ title: `dense, s = ${scale}`, views: 'dense', scales: [scale] })),
  { title: `dense, s = ${SCALES.join(', ')}`, views: 'dense', scales: SCALES },
];

export async function table4(laboratory: Laboratory, photographs: string): Promise<Section> {
  const runs: RunSnapshot[] = [];
  for (const seed of SEEDS)
    runs.push(
      await laboratory.trained({
        file: 'examples/reproduction/table-4.rectiscope.yaml',
        seed,
        set: [`data.source=${JSON.stringify(resolve(photographs))}`],
      }),
    );
  const results = TESTS.map((test) => ({
    test,
    errors: runs.map(({ summary }) => evaluate(laboratory.home, summary.run, test)),
  }));
  const mean = (title: string) => meanAndSpread(results.find(({ test }) => test.title === title)?.errors ?? []).mean;
  const single = Math.min(...SCALES.map((scale) => mean(`dense, s = ${scale}`)));
  const centre = Math.min(...SCALES.map((scale) => mean(`centre, s = ${scale}`)));
  const several = mean(`dense, s = ${SCALES.join(', ')}`);
  const verdict = [
    `several scales (${formatFixed(several, 2)} %) ${several < single ? 'are better than' : 'are not better than'} the best single one (${formatFixed(single, 2)} %)`,
    `dense at its best scale ${single < centre ? 'is better than' : 'is not better than'} the centre at its best (${formatFixed(centre, 2)} %)`,
  ].join('; ');
  const { steps, classes } = runs[0]?.started ?? { steps: 0, classes: [] };
  const markdown = [
    '## Table 4: dense testing at several scales',
    `A small model A on colour photographs of ${classes.length} classes (not part of the project), ${steps} steps, ${SEEDS.length} seeds. In the paper several scales are better than any single one. **Here ${verdict}.**`,
    markdownTable([
      ['testing', 'top-1 error by seed', 'mean ± standard deviation'],
      ...results.map(({ test, errors }) => {
        const all = meanAndSpread(errors);
        return [test.title, errors.map(percent).join(', '), `${percent(all.mean)} ± ${formatFixed(all.spread, 2)}`];
      }),
    ]),
  ].join('\n\n');
  return { markdown, pictures: new Map() };
}

/** Top-1 error by the command that a user would type, per cent. */
function evaluate(home: string, run: string, { views, scales }: Test): number {
  const args = ['bin/rectiscope.mjs', 'evaluate', run, '--views', views, '--scales', scales.join(','), '--json'];
  const env = { ...process.env, RECTISCOPE_HOME: resolve(home) };
  const output = execFileSync(process.execPath, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'inherit'] });
  const line = output.trim().split('\n').at(-1) ?? '';
  const { top1 } = JSON.parse(line) as { top1: number };
  return top1;
}
