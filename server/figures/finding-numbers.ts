/** The numbers of a finding, each by its proper name: only numbers of the same quantity are paired. */
import { formatNumber } from '../domain/numbers/format.ts';
import type { FindingEvent } from '../protocol/events.ts';
import type { Scalar } from '../protocol/scalar.ts';

export interface FindingNumbers {
  /** What was judged, what was predicted, and the limit, as name and number. */
  readonly judged: readonly (readonly [name: string, value: string])[];
  /** The rest of the evidence, as name and value. */
  readonly evidence: readonly (readonly [name: string, value: Scalar | Scalar[] | string])[];
}

/** For rules whose live test judges a different quantity than the prediction, which is relative to `he` on the same network. */
const PREDICTED: Readonly<Record<string, string>> = {
  'vanishing-gradient': 'predicted gradient, relative to he',
  'exploding-gradient': 'predicted gradient, relative to he',
  'vanishing-signal': 'predicted signal, relative to he',
  'exploding-signal': 'predicted signal, relative to he',
};
const MEASURED: Readonly<Record<string, string>> = {
  'vanishing-signal': 'signal, relative to he',
  'exploding-signal': 'signal, relative to he',
};

const words = (key: string): string => key.replaceAll('_', ' ');

/** Evidence that repeats the judged number gives its name. */
export function findingNumbers({ rule, measured, predicted, threshold, evidence }: FindingEvent): FindingNumbers {
  const entries = Object.entries(evidence);
  const named = (value: Scalar | undefined): string | undefined =>
    value === undefined ? undefined : entries.find(([, other]) => other === value)?.[0];
  const [measuredKey, predictedKey] = [named(measured), named(predicted)];
  const judged: [string, string][] = [];
  const limit: [string, string] = ['limit', formatNumber(threshold)];
  if (measured !== undefined) {
    const name = measuredKey === undefined ? (MEASURED[rule] ?? 'measured') : words(measuredKey);
    judged.push([name, formatNumber(Number(measured))], limit);
  }
  if (predicted !== undefined) {
    const name = PREDICTED[rule] ?? (predictedKey === undefined ? 'predicted' : `predicted ${words(predictedKey)}`);
    judged.push([name, formatNumber(Number(predicted))]);
  }
  if (measured === undefined) judged.push(limit);
  return {
    judged,
    evidence: entries
      .filter(([key]) => key !== measuredKey && key !== predictedKey)
      .map(([key, value]) => [words(key), value] as const),
  };
}
