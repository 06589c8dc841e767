/** The audit of a run's prediction as `show` prints it: standard deviations at step 1, predicted and measured, by layer. */

import { formatNumber } from '../domain/numbers/format.ts';
import { type AuditedLayer, auditPrediction } from '../domain/propagation/audit.ts';
import { formatDeviation } from '../figures/audit.ts';
import { probesOf } from '../protocol/probe-table.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { fromScalar, toScalar } from '../protocol/scalar.ts';
import { table } from './output.ts';

/** By weighted layer; undefined before step 1, and for runs of versions that told no prediction. */
export function auditOf(snapshot: RunSnapshot): AuditedLayer[] | undefined {
  const first = probesOf(snapshot.probes).find(({ step }) => step === 1);
  const predicted = snapshot.started?.predicted_std;
  if (!first || !predicted) return undefined;
  return auditPrediction(
    first.layers.map(({ name }) => name),
    predicted.map(fromScalar),
    first.layers.map(({ activation_std }) => fromScalar(activation_std)),
  );
}

/** For `show --json`. */
export const auditJson = (audit: readonly AuditedLayer[]) =>
  audit.map(({ name, predicted, measured, deviation }) => ({
    name,
    predicted: toScalar(predicted),
    measured: toScalar(measured),
    deviation: toScalar(deviation),
  }));

export const auditTable = (audit: readonly AuditedLayer[]): string =>
  table([
    ['std at step 1', 'predicted', 'measured', 'deviation'],
    ...audit.map(({ name, predicted, measured, deviation }) => [
      name,
      formatNumber(predicted),
      formatNumber(measured),
      formatDeviation(deviation),
    ]),
  ]);
