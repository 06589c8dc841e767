/** The results of the run: a sentence, the main numbers, the evaluations. */
import { formatCount, formatEpoch, formatLoss, formatPercent } from '../../domain/numbers/format.ts';
import { formatDuration } from '../../domain/numbers/units.ts';
import type { RunState } from '../../protocol/events.ts';
import type { RunSnapshot } from '../../protocol/requests.ts';
import { fromScalar, unpack } from '../../protocol/scalar.ts';
import { type Html, html, table, withCode } from './html.ts';

const HOW: Readonly<Record<RunState, string>> = {
  queued: 'Queued for training',
  running: 'Training',
  finished: 'Trained to the end',
  stopped: 'Stopped by the user',
  stalled: 'Ended because it did not learn',
  diverged: 'Ended because its loss was no longer finite',
  failed: 'Failed',
  interrupted: 'Interrupted',
};

/** Name, state, and a summary in one sentence. */
export function headline({ summary, started }: RunSnapshot): Html {
  const { name, state, step, steps, epoch, seconds, top1, message } = summary;
  const on = started ? ` on ${started.backend} (${started.device}, ${started.threads} threads)` : '';
  const error =
    top1 === undefined ? '' : `; top-1 error ${formatPercent(top1).replace(' ', '\u00a0')} in the last evaluation`;
  const way = `${HOW[state]}: step ${formatCount(step)} of ${formatCount(steps)}, epoch ${formatEpoch(epoch)}, ${formatDuration(seconds)}${on}${error}.`;
  return html`<header>
<h1>${name} <span class="state ${state}">${state}</span></h1>
<p class="lead">${way}</p>
${message !== undefined && html`<p>${withCode(message)}</p>`}
${summary.note !== '' && html`<p>Note: ${summary.note}</p>`}
${summary.tags.length > 0 && html`<p>Tags: ${summary.tags.join(', ')}</p>`}
</header>`;
}

const tile = (name: string, value: string, note = ''): Html =>
  html`<div><dt>${name}</dt><dd>${value}${note !== '' && html`<small>${note}</small>`}</dd></div>`;

/** The most important numbers. */
export function tiles({ summary, steps, evaluations, started }: RunSnapshot): Html {
  const last = evaluations.at(-1);
  const loss = unpack(steps.loss);
  const first = loss[0];
  const at = last ? `step ${formatCount(last.step)}` : '';
  return html`<dl class="tiles">
${last && tile('Top-1 error', formatPercent(last.top1), `validation, ${at}`)}
${summary.best && tile('Best top-1 error', formatPercent(summary.best.top1), `step ${formatCount(summary.best.step)}`)}
${last && tile('Top-5 error', formatPercent(last.top5), `validation, ${at}`)}
${last && tile('Loss', formatLoss(fromScalar(last.loss)), `validation, ${at}; nats`)}
${last && tile('Loss on training images', formatLoss(fromScalar(last.train_loss)), `in test mode, ${at}`)}
${first !== undefined && tile('Loss of a batch', `${formatLoss(first)} → ${formatLoss(loss.at(-1) ?? Number.NaN)}`, 'first and last step')}
${started && tile('Network', `${started.weighted_layers} layers`, `with weights; ${formatCount(started.parameters)} parameters`)}
${tile('Time', formatDuration(summary.seconds), `${formatCount(summary.step)} steps`)}
</dl>`;
}

/** Every evaluation as a table. */
export function evaluationTable({ evaluations }: RunSnapshot): Html {
  if (evaluations.length === 0) return html`<p class="muted">No evaluation yet.</p>`;
  const head = ['step', 'epoch', 'loss', 'top-1 error', 'top-5 error', 'loss, train', 'top-1 error, train'];
  const rows = evaluations.map(({ step, epoch, loss, top1, top5, train_loss, train_top1 }) => [
    formatCount(step),
    formatEpoch(epoch),
    formatLoss(fromScalar(loss)),
    formatPercent(top1),
    formatPercent(top5),
    formatLoss(fromScalar(train_loss)),
    formatPercent(train_top1 ?? Number.NaN),
  ]);
  return table(head, rows, 'Evaluations');
}
