/** The last evaluation's errors by class, confusions, and worst images. */
import { formatCount, formatFixed, formatPercent } from '../../domain/numbers/format.ts';
import { className, classRows, lastByClass } from '../../figures/class-errors.ts';
import type { WorstImage } from '../../protocol/events.ts';
import type { RunSnapshot } from '../../protocol/requests.ts';
import { type Html, html, table } from './html.ts';

/** A matrix of more classes is unreadable: the largest entries are listed instead. */
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

/** Images that are misclassified with the greatest confidence. */
function worstImages(images: readonly WorstImage[], names: readonly string[]): Html {
  const head = ['image', 'class', 'taken for', 'score', 'score of its own class'];
  const rows = images.map(({ image, label, predicted, score, label_score }) => [
    image,
    className(names, label),
    className(names, predicted),
    formatFixed(score, 3),
    formatFixed(label_score, 3),
  ]);
  return html`<h3>Worst images of the worst classes</h3>${table(head, rows, 'Worst images')}`;
}

/**
 * Errors of each class, worst last as in the paper's Figure 5, the confusions, and the worst images; undefined without an
 * evaluation with results by class.
 */
export function classSection({ evaluations, started }: RunSnapshot): Html | undefined {
  const last = lastByClass(evaluations);
  if (!last) return undefined;
  const { confusion: counts, worst = [] } = last;
  const classes = counts?.length ?? last.class_errors?.examples.length ?? 0;
  const names = Array.from({ length: classes }, (_, label) => className(started?.classes ?? [], label));
  const rows = classRows(last, names).map(({ top1, top5, taken_for, taken_count, ...row }) => [
    row.class,
    row.images,
    html`<span class="bar"><i style="width: ${top1.toFixed(2)}%"></i></span><span class="percent">${formatPercent(top1)}</span>`,
    top5 === undefined ? '–' : formatPercent(top5),
    taken_for && `${taken_for} ×${taken_count}`,
  ]);
  const head = ['class', 'images', 'top-1 error', 'top-5 error', 'most often taken for'];
  const large = classes > LARGEST_MATRIX;
  return html`<h2>Classes <small>validation, step ${formatCount(last.step)}</small></h2>
<div class="columns">
<div><h3>Errors by class, ascending</h3>${table(head, rows, 'Errors by class')}</div>
${counts && html`<div><h3>${large ? 'Most frequent confusions' : 'Confusions, counts'}</h3>${large ? pairs(counts, names) : matrix(counts, names)}</div>`}
</div>
${worst.length > 0 && worstImages(worst, names)}`;
}
