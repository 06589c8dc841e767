/** The prediction checked: predicted and measured standard deviations at step 1, layer by layer, of every chosen run. */

import type { VNode } from 'preact';
import { formatNumber } from '../../server/domain/numbers/format.ts';
import { auditOf, deviationRange, formatDeviation } from '../../server/figures/audit.ts';
import type { ChosenRun } from '../charts/chosen-run.ts';
import { DataTable } from '../charts/data-table.tsx';

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
            {run.name}: measured at step 1 within {formatDeviation(least.deviation)} ({least.name}) and{' '}
            {formatDeviation(most.deviation)} ({most.name}) of the predicted deviation
          </summary>
          <DataTable
            caption={`Standard deviation of the pre-activations of ${run.name} at step 1`}
            table={{
              head: ['layer', 'predicted', 'measured', 'deviation'],
              rows: audit.map(({ name, predicted, measured, deviation }) => [
                name,
                formatNumber(predicted),
                formatNumber(measured),
                formatDeviation(deviation),
              ]),
            }}
          />
        </details>
      ))}
    </section>
  );
}
