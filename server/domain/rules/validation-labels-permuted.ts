/** The classes of validation are named or numbered in another order than those of training. */
import { inRunFile } from '../origin.ts';
import { LEAST_MOVED, permutedClasses } from '../survey/exchanged.ts';
import { surveyRule } from './survey-rule.ts';

const SOURCE = 'four in ten images of a class look most like those of one other class, which no class of train does';

export const validationLabelsPermuted = surveyRule({
  id: 'validation-labels-permuted',
  detail:
    'Where two class folders of validation have exchanged their names, or its labels were numbered by another list, a network that has learnt everything answers with the right class and is counted wrong. The training error is then good, and the validation error worse than guessing.',
  notes: {
    quantity:
      'The class of the nearest training image of each validation image (up to 200 among 400), by the features that tell training images apart best; the same among training images.',
    test: `Two classes or more of which at least ${LEAST_MOVED} of the images are nearest to one other class, each to another one, most of which have moved, too; among training images at most a quarter are, and half are right. Three standard errors.`,
    severity: 'Error.',
    fix: 'None by an edit of the run file: the evidence names the classes.',
    source: SOURCE,
    falsePositives: 'Classes that are hard to tell apart are so in training, too: they do not count.',
  },
  judge: ({ neighbours, classes }) => {
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
  },
});
