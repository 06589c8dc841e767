/** The prediction checked: predicted and measured standard deviations at step 1, layer by layer, of every chosen run. */
import type { VNode } from 'preact';
import { auditOf, deviationRange } from '../../server/figures/audit.ts';
import { formatNumber } from '../../server/figures/format.ts';
import type { ChosenRun } from '../charts/chosen-run.ts';
import { DataTable } from '../charts/data-table.tsx';

const signed = (percent: number): string =>
  Number.isFinite(percent) ? `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(0)} %` : formatNumber(percent);

export function PredictionAudit({ runs }: { runs: readonly ChosenRun[] }): VNode | null {
  const audited = runs.flatMap((run) => {
    const audit = auditOf(run.data);
    const range = deviationRange(audit);
    return range ? [{ run, audit, range }] : [];
  });
  if (audited.length === 0) return null;
  return (
    <section class="audit" aria-label="Predicted and measured at step 1">
      {audited.map(({ run, audit, range: { least, most } }) => (
        <details key={run.run}>
          <summary>
            {run.name}: measured at step 1 within {signed(least.deviation)} ({least.name}) and {signed(most.deviation)}{' '}
            ({most.name}) of the predicted deviation
          </summary>
          <DataTable
            caption={`Standard deviation of the pre-activations of ${run.name} at step 1`}
            table={{
              head: ['layer', 'predicted', 'measured', 'deviation'],
              rows: audit.map(({ name, predicted, measured, deviation }) => [
                name,
                formatNumber(predicted),
                formatNumber(measured),
                signed(deviation),
              ]),
            }}
          />
        </details>
      ))}
    </section>
  );
}
