/** What the confusion counts of validation tell: how sure an error is, and whether classes are taken for one another. */
import { sum } from '../numbers/statistics.ts';
import type { Evaluation, RuleContext } from './observation.ts';

type Confusion = readonly (readonly number[])[];

/** Validation examples; undefined where there are no counts. */
export const examplesOf = ({ confusion }: Evaluation): number | undefined =>
  confusion && sum(confusion.map((row) => sum(row)));

/** Error of always guessing the commonest class of validation, per cent; of training, where there are no counts. */
export function guessingError({ confusion }: Evaluation, { classCounts }: RuleContext): number {
  const counts = confusion ? confusion.map((row) => sum(row)) : classCounts;
  return 100 * (1 - Math.max(...counts) / sum(counts));
}

/** Standard error of an error in per cent, over the validation examples (binomial); undefined where nobody knows how many there are. */
export function spreadOf(evaluation: Evaluation, error: number): number | undefined {
  const examples = examplesOf(evaluation);
  if (!examples) return undefined;
  const share = Math.min(Math.max(error / 100, 1 / examples), 1 - 1 / examples);
  return 100 * Math.sqrt((share * (1 - share)) / examples);
}

/**
 * Error of predictions that have nothing to do with the labels, per cent, with as many of each class as here: Σ over classes of the share of the
 * labels times that of the predictions is right by chance. Guessing the commonest class, where there are no counts.
 */
export function chanceError(evaluation: Evaluation, context: RuleContext): number {
  const { confusion } = evaluation;
  if (!confusion) return guessingError(evaluation, context);
  const labels = confusion.map((row) => sum(row));
  const total = sum(labels);
  const right = sum(labels.map((count, j) => count * sum(confusion.map((row) => row[j] ?? 0)))) / total ** 2;
  return 100 * (1 - right);
}

/** The class that is predicted most, and its share of all predictions. */
export function commonestPrediction(confusion: Confusion): { index: number; share: number } {
  const predicted = confusion.map((_, j) => sum(confusion.map((row) => row[j] ?? 0)));
  const most = Math.max(...predicted);
  return { index: predicted.indexOf(most), share: most / sum(predicted) };
}

/** Least mean share of a class’s images that are taken for the one class it is exchanged with. */
export const EXCHANGED_SHARE = 0.6;
/** Examples of a class that are needed to judge it. */
const LEAST_EXAMPLES = 5;

/**
 * Classes that are consistently taken for another, as [label, predicted]: cycles of a one-to-one mapping of labels to predictions, each with
 * more images on the mapping than right. Greedy by counts: a mapping that is there stands out. Empty where there is none.
 */
export function exchangedClasses(confusion: Confusion): [label: number, predicted: number][] {
  const cells = confusion
    .flatMap((row, label) => row.map((count, predicted) => ({ label, predicted, count })))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count);
  const mapping = new Map<number, number>();
  const taken = new Set<number>();
  for (const { label, predicted } of cells) {
    if (mapping.has(label) || taken.has(predicted)) continue;
    mapping.set(label, predicted);
    taken.add(predicted);
  }
  const found: [number, number][] = [];
  const seen = new Set<number>();
  for (const start of mapping.keys()) {
    const cycle: number[] = [];
    for (let at: number | undefined = start; at !== undefined && !seen.has(at); at = mapping.get(at)) {
      seen.add(at);
      cycle.push(at);
    }
    const isClosed = mapping.get(cycle.at(-1) ?? -1) === start;
    if (cycle.length < 2 || !isClosed) continue;
    const members = cycle.map((label) => {
      const row = confusion[label] ?? [];
      const predicted = mapping.get(label) ?? label;
      return { label, predicted, all: sum(row), there: row[predicted] ?? 0, right: row[label] ?? 0 };
    });
    const share = sum(members.map(({ there, all }) => there / all)) / members.length;
    const isSure = members.every(
      ({ all, there, right }) => all >= LEAST_EXAMPLES && there > right + 2 * Math.sqrt(right),
    );
    if (share >= EXCHANGED_SHARE && isSure)
      found.push(...members.map(({ label, predicted }): [number, number] => [label, predicted]));
  }
  return found;
}
