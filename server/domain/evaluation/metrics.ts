/** Errors from scores: top-1 and top-5 in per cent, cross-entropy in nats. */

/** How many classes score above the label's; a tied class counts as above if it comes first, as in an argmax. */
function rank(scores: Float32Array | Float64Array, label: number): number {
  const own = scores[label] ?? Number.NaN;
  let above = 0;
  for (let k = 0; k < scores.length; k++) {
    const score = scores[k] ?? Number.NaN;
    // Written so that NaN counts as above: such a network predicts nothing.
    if (k !== label && !(score < own || (score === own && k > label))) above++;
  }
  return above;
}

/** −log softmax(scores)[label]. */
function crossEntropy(scores: Float32Array | Float64Array, label: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const score of scores) largest = Math.max(largest, score);
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - largest);
  return Math.log(sum) + largest - (scores[label] ?? Number.NaN);
}

/** The class of the largest score; −1 if none is a number. */
function largest(scores: Float32Array | Float64Array): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const score of scores) best = Math.max(best, score);
  return scores.indexOf(best);
}

/** Of each class, by label: examples, and how many of them were wrong. */
export interface ClassCounts {
  readonly examples: number[];
  /** The label is not the highest score; not among the five highest. */
  readonly top1: number[];
  readonly top5: number[];
}

/** A misclassified example. */
export interface Mistaken {
  /** Its place in the split. */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Score (probability) of the predicted class, and of its own. */
  readonly score: number;
  readonly labelScore: number;
}

/** Classes whose examples are shown: the worst ones, as in the paper's Figure 6. */
const WORST_CLASSES = 3;

/** Collects the errors of examples, one by one. */
export class ErrorCounter {
  readonly #classes: number;
  readonly #confusion: number[][] | undefined;
  readonly #counts: ClassCounts;
  readonly #worst: number;
  /** By label: the examples with the lowest scores for it, the worst first. */
  readonly #mistaken = new Map<number, Mistaken[]>();
  #examples = 0;
  #loss = 0;
  #top1 = 0;
  #top5 = 0;

  /** `confusion`: also count [label][predicted]. `worst`: keep this many misclassified examples of each class. */
  constructor(classes: number, { confusion = false, worst = 0 } = {}) {
    this.#classes = classes;
    this.#worst = worst;
    const zeros = () => new Array<number>(classes).fill(0);
    this.#counts = { examples: zeros(), top1: zeros(), top5: zeros() };
    this.#confusion = confusion ? Array.from({ length: classes }, () => new Array<number>(classes).fill(0)) : undefined;
  }

  /** Count the first `labels.length` rows of [examples, classes] logits, or logarithms of scores. */
  add(logits: Float32Array | Float64Array, labels: ArrayLike<number>): void {
    for (let i = 0; i < labels.length; i++)
      this.#addOne(logits.subarray(i * this.#classes, (i + 1) * this.#classes), labels[i] ?? 0);
  }

  #addOne(scores: Float32Array | Float64Array, label: number): void {
    const above = rank(scores, label);
    const loss = crossEntropy(scores, label);
    const index = this.#examples;
    this.#examples++;
    this.#loss += loss;
    const counts = this.#counts;
    counts.examples[label] = (counts.examples[label] ?? 0) + 1;
    if (above > 0) {
      this.#top1++;
      counts.top1[label] = (counts.top1[label] ?? 0) + 1;
    }
    if (above >= 5) {
      this.#top5++;
      counts.top5[label] = (counts.top5[label] ?? 0) + 1;
    }
    const row = this.#confusion?.[label];
    if (!row && this.#worst === 0) return;
    const predicted = largest(scores);
    if (row && predicted >= 0) row[predicted] = (row[predicted] ?? 0) + 1;
    if (this.#worst === 0 || predicted === label || predicted < 0) return;
    const score = Math.exp(-crossEntropy(scores, predicted));
    this.#keep({ index, label, predicted, score, labelScore: Math.exp(-loss) });
  }

  #keep(mistaken: Mistaken): void {
    const known = this.#mistaken.get(mistaken.label) ?? [];
    const place = known.findIndex(({ labelScore }) => labelScore > mistaken.labelScore);
    known.splice(place < 0 ? known.length : place, 0, mistaken);
    this.#mistaken.set(mistaken.label, known.slice(0, this.#worst));
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

  /** Of each class. */
  get classes(): ClassCounts {
    return this.#counts;
  }

  /** Of the classes with the largest top-1 errors, the examples with the lowest scores for their own class, worst first. */
  get worst(): Mistaken[] {
    const { examples, top1 } = this.#counts;
    const share = (label: number) => (top1[label] ?? 0) / (examples[label] ?? 1);
    return [...this.#mistaken.keys()]
      .toSorted((a, b) => share(b) - share(a) || a - b)
      .slice(0, WORST_CLASSES)
      .flatMap((label) => this.#mistaken.get(label) ?? []);
  }

  /** Counts [label][predicted], if asked for. */
  get confusion(): number[][] | undefined {
    return this.#confusion;
  }
}
