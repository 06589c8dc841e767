import { judgeLabels, type LabelFault } from '../domain/survey/label-range.ts';
import { nameOf, type Source } from './source.ts';

/** What is wrong with the labels of a source as a whole, and the first example that shows it; undefined where they can be right. */
export function labelFaultOf(source: Source, logits: number): { fault: LabelFault; where: string } | undefined {
  const counts = new Array<number>(source.classes.length).fill(0);
  const sets = [['train', source.train.labels] as const, ['val', source.val?.labels ?? new Uint16Array()] as const];
  for (const [, labels] of sets) for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  const fault = judgeLabels(counts, logits);
  if (!fault) return undefined;
  const wanted = fault.kind === 'far-off' ? fault.label : fault.largest;
  const [set, labels] = sets.find(([, own]) => own.includes(wanted)) ?? (['train', source.train.labels] as const);
  return { fault, where: nameOf(source, set, labels.indexOf(wanted)) };
}
