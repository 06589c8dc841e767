/** The audit of a run's prediction, from its numbers. */
import { formatDifference, formatNumber } from '../domain/numbers/format.ts';
import { type AuditedLayer, auditPrediction } from '../domain/propagation/audit.ts';
import { fromScalar } from '../protocol/scalar.ts';
import { layerQuantity, QUANTITIES_PER_LAYER } from './quantities.ts';
import type { RunData } from './run-data.ts';

/** Layer by layer at step 1; empty before its probe, and for runs of versions that told no prediction. */
export function auditOf({ started, probes }: RunData): AuditedLayer[] {
  const predicted = started?.predicted_std;
  if (!predicted || probes.step.length === 0 || probes.step.at(0) !== 1) return [];
  const values = probes.values.view();
  const { read } = layerQuantity('activation_std');
  return auditPrediction(
    probes.layers,
    predicted.map(fromScalar),
    probes.layers.map((_, layer) => read(values, layer * QUANTITIES_PER_LAYER)),
  );
}

/** A deviation, per cent, with its sign: `−12 %`. */
export const formatDeviation = (percent: number): string =>
  Number.isFinite(percent) ? `${formatDifference(percent, 0)} %` : formatNumber(percent);

/** Of an audit: the two ends of its deviations, per cent, and the layer of each. Undefined where nothing was audited. */
export function deviationRange(
  audit: readonly AuditedLayer[],
): { least: AuditedLayer; most: AuditedLayer } | undefined {
  const [first, ...rest] = audit;
  if (!first) return undefined;
  const pick = (isBetter: (a: number, b: number) => boolean) =>
    rest.reduce((best, layer) => (isBetter(layer.deviation, best.deviation) ? layer : best), first);
  return { least: pick((a, b) => a < b), most: pick((a, b) => a > b) };
}
