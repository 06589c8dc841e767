/** docs/diagnosis.md, from the scores. */
import { formatFixed } from '../../server/domain/numbers/format.ts';
import type { Case, Score, Scores } from './score.ts';

interface Group {
  readonly cases: readonly Case[];
  readonly scores: Scores;
}

export interface ReportOptions {
  readonly labelled: Group;
  readonly heldOut: Group;
  readonly seeds: readonly string[];
  readonly older: string;
}

const ratio = (part: number, whole: number): string => (whole === 0 ? '–' : formatFixed(part / whole, 2));
const precision = ({ hit, wrong }: Score): string => ratio(hit, hit + wrong);
const recall = ({ hit, missed }: Score): string => ratio(hit, hit + missed);
const range = (steps: readonly number[]): string =>
  steps.length === 0
    ? '–'
    : Math.min(...steps) === Math.max(...steps)
      ? String(steps[0])
      : `${Math.min(...steps)} to ${Math.max(...steps)}`;

function table({ scores }: Group): string {
  const rows = [...scores.rules]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(
      ([rule, score]) =>
        `| \`${rule}\` | ${precision(score)} | ${recall(score)} | ${score.hit} | ${score.missed} | ${score.wrong} | ${range(score.steps)} |`,
    );
  return `| rule | precision | recall | found | missed | wrong | live at steps |
|---|---|---|---|---|---|---|
${rows.join('\n')}`;
}

const wrongs = ({ scores }: Group): string =>
  scores.problems.length === 0
    ? 'No misses, no false findings.'
    : `What went wrong:\n\n${scores.problems.map((problem) => `- ${problem}`).join('\n')}`;

const summary = ({ scores }: Group): string =>
  `Precision ${formatFixed(scores.precision, 2)}, recall ${formatFixed(scores.recall, 2)}.`;

export const report = ({ labelled, heldOut, seeds, older }: ReportOptions): string => `# How good the diagnosis is

Made by \`npm run diagnosis\`: run files with a planted fault, or none, checked and then trained with the seeds ${seeds.join(', ')} by
the command line, as a user would. A finding that a label merely allows (a consequence) is not counted. Each static check counts once,
each live finding once per seed. The rules: [rules.md](rules.md).

## Labelled cases

${labelled.cases.length} run files (\`test/fixtures/diagnosis-cases\`), every label checked by training the same network in PyTorch; the thresholds were
set on these cases. ${summary(labelled)}

${table(labelled)}

${wrongs(labelled)}

## Held-out cases

${heldOut.cases.length} run files (\`scripts/diagnosis/held-out-cases.ts\`) with other depths, widths, heads and strengths of each fault, labelled with the
planted fault before any of them was trained; no threshold was set on them. ${summary(heldOut)}

${table(heldOut)}

${wrongs(heldOut)}

## Earlier tools on the same runs

Their rules with their own thresholds, computed from our recorded data, on all runs above.

${older}
`;
