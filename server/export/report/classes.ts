/** Which classes go wrong and what they are taken for, in the last evaluation. */
import { classErrors } from '../../figures/class-errors.ts';
import { formatPercent } from '../../figures/format.ts';
import type { RunSnapshot } from '../../protocol/requests.ts';
import { type Html, html, table } from './html.ts';

/** A matrix of more classes cannot be read: the largest entries are listed instead. */
const LARGEST_MATRIX = 24;
const MOST_PAIRS = 30;

const total = (row: readonly number[]): number => row.reduce((sum, count) => sum + count, 0);

function matrix(counts: readonly (readonly number[])[], names: readonly string[]): Html {
  const cell = (count: number, row: readonly number[], { right }: { right: boolean }) => {
    const share = count / Math.max(1, total(row));
    const style = `--share: ${(0.9 * share).toFixed(3)}`;
    const strong = share > 0.55 ? 'strong' : '';
    return html`<td class="${right ? 'right' : ''} ${strong}" style="${style}">${count === 0 ? '' : count}</td>`;
  };
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="matrix">
<thead><tr><th scope="col">label ↓ taken for →</th>${names.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${counts.map((row, label) => html`<tr><th scope="row">${names[label] ?? label}</th>${row.map((count, predicted) => cell(count, row, { right: label === predicted }))}</tr>\n`)}</tbody>
</table></div>`;
}

function pairs(counts: readonly (readonly number[])[], names: readonly string[]): Html {
  const all = counts.flatMap((row, label) =>
    row.flatMap((count, predicted) => (label === predicted || count === 0 ? [] : [{ label, predicted, count }])),
  );
  const rows = all
    .toSorted((a, b) => b.count - a.count)
    .slice(0, MOST_PAIRS)
    .map(({ label, predicted, count }) => [names[label] ?? label, names[predicted] ?? predicted, count]);
  return table(['label', 'taken for', 'images'], rows, 'Most frequent confusions');
}

/** Errors of each class, worst last as in the paper's Figure 5, and the confusions; undefined without an evaluation. */
export function classSection({ evaluations, started }: RunSnapshot): Html | undefined {
  const last = evaluations.findLast(({ confusion }) => confusion !== undefined);
  const counts = last?.confusion;
  if (!last || !counts) return undefined;
  const names = counts.map((_, label) => started?.classes[label] ?? `class ${label}`);
  const errors = classErrors(counts);
  const rows = errors
    .map((own, label) => ({ ...own, label, images: total(counts[label] ?? []) }))
    .filter(({ images }) => images > 0)
    .toSorted((a, b) => a.error - b.error)
    .map(({ error, takenFor, label, images }) => [
      names[label],
      images,
      html`<span class="bar"><i style="width: ${error.toFixed(2)}%"></i></span><span class="percent">${formatPercent(error)}</span>`,
      takenFor && `${names[takenFor.label]} ×${takenFor.count}`,
    ]);
  const large = counts.length > LARGEST_MATRIX;
  return html`<h2>Classes <small>validation, step ${last.step}</small></h2>
<div class="columns">
<div><h3>Top-1 error by class, ascending</h3>${table(['class', 'images', 'top-1 error', 'most often taken for'], rows, 'Errors by class')}</div>
<div><h3>${large ? 'Most frequent confusions' : 'Confusions, counts'}</h3>${large ? pairs(counts, names) : matrix(counts, names)}</div>
</div>`;
}
