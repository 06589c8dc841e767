/** Which images are the same, by a hash of their content. */

/** Images that are there more than once. */
export interface Copies {
  /** Images that have a copy where they should have none. */
  readonly images: number;
  /** Images that were compared: all, unless there are too many. */
  readonly compared: number;
  /** Some of them by name, as `one = other`. */
  readonly examples: readonly string[];
}

/** Copies in the images of a run. */
export interface AllCopies {
  readonly acrossClasses: Copies;
  readonly valInTrain: Copies & {
    /** Share of the training images that have a copy in train: simple drawings repeat by chance, in validation as in train. */
    readonly withinTrain: number;
  };
}

/** One image and what stands for its content. */
export interface Hashed {
  readonly set: 'train' | 'val';
  readonly label: number;
  readonly name: string;
  readonly hash: string;
}

/** Copies that a message names. */
const MOST_NAMED = 5;

/** Images of one content under several labels, and images of val that are in train. `compared`: of how many; of val, how many. */
export function findCopies(images: readonly Hashed[], { compared, val }: { compared: number; val: number }): AllCopies {
  const groups = [...Map.groupBy(images, ({ hash }) => hash).values()].filter((group) => group.length > 1);
  const across = groups.filter((group) => group.some(({ label }) => label !== group[0]?.label));
  const leaked = groups.flatMap((group) => {
    const original = group.find(({ set }) => set === 'train');
    return original ? group.filter(({ set }) => set === 'val').map((copy) => ({ copy, original })) : [];
  });
  const repeated = groups
    .map((group) => group.filter(({ set }) => set === 'train').length)
    .reduce((sum, count) => sum + (count > 1 ? count : 0), 0);
  return {
    acrossClasses: {
      images: across.reduce((sum, group) => sum + group.length, 0),
      compared,
      examples: across.slice(0, MOST_NAMED).flatMap((group) => {
        const other = group.find(({ label }) => label !== group[0]?.label);
        return group[0] && other ? [`${group[0].name} = ${other.name}`] : [];
      }),
    },
    valInTrain: {
      images: leaked.length,
      compared: val,
      withinTrain: repeated / Math.max(1, compared - val),
      examples: leaked.slice(0, MOST_NAMED).map(({ copy, original }) => `${copy.name} = ${original.name}`),
    },
  };
}
