/** Labels that can't be what they should: from 1 on, or one far off. Judged by how many examples each label has. */

export type LabelFault =
  /** 1 … K where 0 … K − 1 is meant. */
  | { readonly kind: 'from-one'; readonly largest: number; readonly logits: number }
  /** Few examples, or labels far from the others. */
  | {
      readonly kind: 'far-off';
      readonly label: number;
      /** With labels above `most`. */
      readonly examples: number;
      /** The largest label that is in order. */
      readonly most: number;
      readonly logits: number;
    };

/** Of all examples, where there are enough to say so: so few with a label above the logits are mistakes, no further class. */
const FEW_SHARE = 0.01;
const ENOUGH = 100;
/** Empty classes below a label that make it far off. */
const GAP = 2;

/** What is wrong with labels of which `counts` says how many examples each has. Undefined where they can be right. */
export function judgeLabels(counts: readonly number[], logits: number): LabelFault | undefined {
  const largest = counts.length - 1;
  const used = counts.filter((count) => count > 0).length;
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (largest >= 2 && counts[0] === 0 && used === largest) return { kind: 'from-one', largest, logits };
  if (used < 2) return undefined;
  const beyond = (most: number): LabelFault => {
    const label = counts.findIndex((count, at) => at > most && count > 0);
    const examples = counts.slice(most + 1).reduce((sum, count) => sum + count, 0);
    return { kind: 'far-off', label, examples, most, logits };
  };
  const isFew = (examples: number) => total >= ENOUGH && examples <= Math.max(1, FEW_SHARE * total);
  if (counts.length > logits) {
    const last = counts.findLastIndex((count, at) => at < logits && count > 0);
    const next = counts.findIndex((count, at) => at >= logits && count > 0);
    const { examples } = beyond(logits - 1) as { examples: number };
    return last >= 0 && (isFew(examples) || next - last > GAP) ? beyond(logits - 1) : undefined;
  }
  const before = counts.findLastIndex((count, at) => at < largest && count > 0);
  return largest - before > GAP && isFew(counts[largest] ?? 0) ? beyond(before) : undefined;
}

/** What is wrong, in a sentence, and what to do in a second one. `where` names the first example with such a label. */
export function describeLabelFault(fault: LabelFault, where: string): string {
  if (fault.kind === 'from-one')
    return `The labels begin at 1: they go from 1 to ${fault.largest}, and no example has label 0, while the network’s ${fault.logits} logits stand for labels 0 to ${fault.logits - 1}. Try labels of 1 less: subtract 1 from each in the label files.`;
  const { label, examples, most } = fault;
  const many = examples === 1 ? 'it alone has' : `${examples} examples have`;
  return `Label ${label} of ${where} is out of range: the others go from 0 to ${most}, and ${many} a larger one. Look at that example, and mend its label or leave it out.`;
}
