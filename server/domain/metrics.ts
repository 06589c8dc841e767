/** Errors from scores: top-1 and top-5 in per cent, cross-entropy in nats. */

/** How many classes score above the label's; a tie counts as above where its class comes first, as a maximum would choose. */
function rank(scores: Float32Array, label: number): number {
  const own = scores[label] ?? Number.NaN;
  let above = 0;
  for (let k = 0; k < scores.length; k++) {
    const score = scores[k] ?? Number.NaN;
    // Written so that a score that is not a number counts as above: such a network predicts nothing.
    if (k !== label && !(score < own || (score === own && k > label))) above++;
  }
  return above;
}

/** −log softmax(scores)[label]. */
function crossEntropy(scores: Float32Array, label: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const score of scores) largest = Math.max(largest, score);
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - largest);
  return Math.log(sum) + largest - (scores[label] ?? Number.NaN);
}

/** Collects the errors of examples, one by one. */
export class ErrorCounter {
  readonly #classes: number;
  readonly #confusion: number[][] | undefined;
  #examples = 0;
  #loss = 0;
  #top1 = 0;
  #top5 = 0;

  /** `confusion`: count [label][predicted] as well. */
  constructor(classes: number, { confusion = false } = {}) {
    this.#classes = classes;
    this.#confusion = confusion ? Array.from({ length: classes }, () => new Array<number>(classes).fill(0)) : undefined;
  }

  /** Count the first `labels.length` rows of [examples, classes] scores. */
  add(logits: Float32Array, labels: ArrayLike<number>): void {
    for (let i = 0; i < labels.length; i++) {
      const scores = logits.subarray(i * this.#classes, (i + 1) * this.#classes);
      const label = labels[i] ?? 0;
      const above = rank(scores, label);
      this.#examples++;
      this.#loss += crossEntropy(scores, label);
      if (above > 0) this.#top1++;
      if (above >= 5) this.#top5++;
      const row = this.#confusion?.[label];
      if (row) {
        const predicted = scores.indexOf(Math.max(...scores));
        if (predicted >= 0) row[predicted] = (row[predicted] ?? 0) + 1;
      }
    }
  }

  /** Mean loss, nats. */
  get loss(): number {
    return this.#loss / this.#examples;
  }

  /** Per cent of the examples whose label is not the highest score. */
  get top1(): number {
    return (100 * this.#top1) / this.#examples;
  }

  /** Per cent of the examples whose label is not among the five highest scores. */
  get top5(): number {
    return (100 * this.#top5) / this.#examples;
  }

  /** Counts [label][predicted], if asked for. */
  get confusion(): number[][] | undefined {
    return this.#confusion;
  }
}
