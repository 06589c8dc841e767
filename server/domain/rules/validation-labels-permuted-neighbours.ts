/** The classes of validation are named or numbered in another order than those of training, as far as their images show it before training. */
import { inRunFile } from '../origin.ts';
import { LEAST_MOVED, permutedClasses } from '../survey/exchanged.ts';
import type { SurveyedData } from '../survey/survey.ts';
import type { Diagnosis } from './rule.ts';

const SOURCE = 'four in ten images of a class look most like those of one other class, which no class of train does';

/** What nearest neighbours tell before any training. */
export function judgeNeighbours({ neighbours, classes }: SurveyedData): Diagnosis | undefined {
  const exchanges = neighbours?.val ? permutedClasses(neighbours.train, neighbours.val.confusion) : [];
  const [first] = exchanges.toSorted((a, b) => b.moved - a.moved);
  if (!first) return undefined;
  const name = (label: number) => classes[label] ?? String(label);
  const share = first.moved / first.images;
  return {
    severity: 'error',
    origin: inRunFile('data', 'source'),
    message: `Validation labels are in another order than those of training: ${first.moved} of ${first.images} validation images of \`${name(first.from)}\` look like \`${name(first.to)}\` of training. Look at how the ${exchanges.length} classes that the evidence names are numbered or named in validation.`,
    evidence: {
      classes: exchanges.map(({ from, to }) => `${name(from)} → ${name(to)}`).join(', '),
      moved: first.moved,
      images: first.images,
      share,
    },
    threshold: LEAST_MOVED,
    thresholdSource: SOURCE,
    measured: share,
  };
}

/** What docs/rules.md says of it. */
export const NEIGHBOUR_NOTES = {
  quantity:
    'Before training: the class of the nearest training image of each validation image (up to 200 among 400), by the features that tell training images apart best; the same among training images.',
  test: `Before training: two classes or more of which at least ${LEAST_MOVED} of the images are nearest to one other class, each to another one, most of which have moved, too; among training images at most a quarter are, and half are right. Three standard errors.`,
  source: SOURCE,
  falsePositives: 'Classes that are hard to tell apart are so in training, too: they do not count.',
};
