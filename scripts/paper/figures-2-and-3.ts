/** Figures 2 and 3: convergence with 22 and with 30 weighted layers, `he` against `xavier`. */
import type { RunSnapshot } from '../../server/protocol/requests.ts';
import type { Laboratory } from './laboratory.ts';
import { errorCurves, markdownTable, percent, type Section } from './section.ts';

/** The error that both figures are read at: halfway from chance (90 %) to the final one. */
const HALF_WAY = 50;

interface Figure {
  readonly figure: 2 | 3;
  readonly layers: number;
  readonly claim: string;
  /** Whether the claim was reproduced. */
  readonly holds: (he: RunSnapshot, xavier: RunSnapshot) => boolean;
}

const FIGURE_2: Figure = {
  figure: 2,
  layers: 22,
  claim: 'Both converge; `he` starts reducing the error earlier.',
  holds: (he, xavier) => {
    const [first, second] = [stepBelow(he, HALF_WAY), stepBelow(xavier, HALF_WAY)];
    return first !== undefined && second !== undefined && first < second;
  },
};

const FIGURE_3: Figure = {
  figure: 3,
  layers: 30,
  claim: '`he` converges; `xavier` stalls completely, its gradients diminishing.',
  holds: (he, xavier) =>
    stepBelow(he, HALF_WAY) !== undefined &&
    stepBelow(xavier, 85) === undefined &&
    xavier.findings.some(({ rule }) => rule === 'stalled') &&
    xavier.findings.some(({ rule }) => rule === 'vanishing-gradient'),
};

/** The first evaluated step at which the top-1 error is below a number. */
const stepBelow = ({ evaluations }: RunSnapshot, error: number): number | undefined =>
  evaluations.find(({ top1 }) => top1 < error)?.step;

const findingsOf = ({ findings }: RunSnapshot): string =>
  findings.map(({ rule, step }) => `${rule} (step ${step})`).join(', ') || 'none';

async function reproduce(laboratory: Laboratory, { figure, layers, claim, holds }: Figure): Promise<Section> {
  const train = (init: string) =>
    laboratory.trained({ file: `examples/reproduction/figure-${figure}-${init}.rectiscope.yaml`, seed: 1 });
  const [he, xavier] = [await train('he'), await train('xavier')];
  const picture = `figure-${figure}.svg`;
  const row = (run: RunSnapshot): string[] => [
    `\`${run.summary.name}\``,
    String(stepBelow(run, HALF_WAY) ?? 'never'),
    percent(run.summary.best?.top1 ?? Number.NaN),
    percent(run.summary.top1 ?? Number.NaN),
    findingsOf(run),
  ];
  const markdown = [
    `## Figure ${figure}: ${layers} layers`,
    `${claim} **${holds(he, xavier) ? 'Reproduced at this size.' : 'Not reproduced at this size.'}**`,
    `![Top-1 error of validation against epochs](images/reproduction/${picture})`,
    markdownTable([
      ['run', `step at which the error is below ${HALF_WAY} %`, 'best top-1 error', 'last top-1 error', 'findings'],
      row(he),
      row(xavier),
    ]),
  ].join('\n\n');
  return { markdown, pictures: new Map([[picture, errorCurves(`${layers} layers: top-1 error`, [he, xavier])]]) };
}

export const figure2 = (laboratory: Laboratory): Promise<Section> => reproduce(laboratory, FIGURE_2);
export const figure3 = (laboratory: Laboratory): Promise<Section> => reproduce(laboratory, FIGURE_3);
