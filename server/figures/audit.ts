/** The audit of a run's prediction, from its numbers. */
import { formatDifference, formatNumber } from '../domain/numbers/format.ts';
import { type AuditedLayer, auditPrediction } from '../domain/propagation/audit.ts';
import { fromScalar } from '../protocol/scalar.ts';
import { layerQuantity } from './quantities.ts';
import type { RunData } from './run-data.ts';

/** Layer by layer at step 1; empty before its probe, and for runs of versions that stored no prediction. */
export function auditOf(data: RunData): AuditedLayer[] {
  const { started, probes } = data;
  const predicted = started?.predicted_std;
  if (!predicted || probes.step.length === 0 || probes.step.at(0) !== 1) return [];
  const at = layerQuantity('activation_std').of(data);
  return auditPrediction(
    probes.layers,
    predicted.map(fromScalar),
    probes.layers.map((_, layer) => at(0, layer)),
  );
}

/** A deviation, per cent, with its sign: `−12 %`. */
export const formatDeviation = (percent: number): string =>
  Number.isFinite(percent) ? `${formatDifference(percent, 0)} %` : formatNumber(percent);

/** The extreme deviations of an audit, per cent, and the layer of each. Undefined if nothing was audited. */
export function deviationRange(
  audit: readonly AuditedLayer[],
): { least: AuditedLayer; most: AuditedLayer } | undefined {
  const [first, ...rest] = audit;
  if (!first) return undefined;
  const pick = (isBetter: (a: number, b: number) => boolean) =>
    rest.reduce((best, layer) => (isBetter(layer.deviation, best.deviation) ? layer : best), first);
  return { least: pick((a, b) => a < b), most: pick((a, b) => a > b) };
}
