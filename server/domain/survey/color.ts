/** Two classes that their colours tell apart, and their grey values do not. */
import { FEATURES } from './features.ts';
import { accuracyOf, type Labelled, leaveOneOut } from './neighbours.ts';

export interface ColorPair {
  /** The two classes. */
  readonly one: number;
  readonly other: number;
  readonly examples: number;
  /** Share of their images whose nearest neighbour among both is of the same class: in colour, and in grey. */
  readonly color: number;
  readonly grey: number;
}

const MOST_CLASSES = 20;
const LEAST_EACH = 10;

/** Every image by every kind of feature. */
const rowsOf = ({ images }: Labelled) => FEATURES.map((feature) => images.map(feature));

/** The pair of classes for which colour matters most; the two samples have the same images, in colour and in grey. */
export function colorPair(color: Labelled, grey: Labelled, classes: number): ColorPair | undefined {
  if (classes > MOST_CLASSES) return undefined;
  const { labels } = color;
  const rows = { color: rowsOf(color), grey: rowsOf(grey) };
  const placesOf = Map.groupBy(labels.keys(), (i) => labels[i] ?? 0);
  const enough = [...placesOf].filter(([, places]) => places.length >= LEAST_EACH).toSorted(([a], [b]) => a - b);
  const pairs = enough.flatMap(([one, own], i) =>
    enough.slice(i + 1).map(([other, others]): ColorPair => {
      const places = [...own, ...others];
      const isOther = places.map((_, at) => Number(at >= own.length));
      const share = (all: readonly (readonly Float32Array[])[]) =>
        Math.max(
          ...all.map(
            (kind) =>
              accuracyOf(
                leaveOneOut(
                  places.flatMap((at) => kind[at] ?? []),
                  isOther,
                  2,
                ),
              ).share,
          ),
        );
      return { one, other, examples: places.length, color: share(rows.color), grey: share(rows.grey) };
    }),
  );
  return pairs.toSorted((a, b) => b.color - b.grey - (a.color - a.grey))[0];
}
