/** Labels that have nothing to do with their images, as far as it is seen before training: the images of the other set show that they could. */
import { inRunFile } from '../origin.ts';
import { accuracyOf } from '../survey/neighbours.ts';
import type { SurveyedData } from '../survey/survey.ts';
import type { Diagnosis } from './rule.ts';
import { wholePercent } from './survey-rule.ts';

/** Standard errors above chance up to which neighbours know nothing, and from which on they do. */
const MOST_ERRORS = 3;
const LEAST_ERRORS = 8;
/** Of what chance leaves open, known by the neighbours of the other set. */
const LEAST_KNOWN = 0.3;
const MOST_GUESSING = 0.9;
/** Distance between the sets over that within one: further apart, they show different things. */
const MOST_APART = 1.3;
const SOURCE =
  'neighbours within a set know three tenths of what chance leaves open, while the labels of the other are at chance';

/** What nearest neighbours tell before any training. */
export function judgeNeighbours({ neighbours }: SurveyedData): Diagnosis | undefined {
  if (!neighbours?.val || !(neighbours.val.farFromTrain <= MOST_APART)) return undefined;
  const { guessing, standardError, val, accuracy, examples } = neighbours;
  // With one class alone, or nearly, chance is always right.
  if (guessing > MOST_GUESSING) return undefined;
  const within = accuracyOf(val.within);
  const across = accuracyOf(val.confusion);
  const error = standardError * Math.sqrt(examples / within.examples);
  const knows = (share: number, one: number) =>
    share >= guessing + Math.max(LEAST_ERRORS * one, LEAST_KNOWN * (1 - guessing));
  const isChance = (share: number, one: number) => Math.abs(share - guessing) <= MOST_ERRORS * one;
  if (!isChance(across.share, error)) return undefined;
  const train = isChance(accuracy, standardError) && knows(within.share, error);
  const validation = isChance(within.share, error) && knows(accuracy, standardError);
  if (!train && !validation) return undefined;
  const [bad, good] = train ? (['training', 'validation'] as const) : (['validation', 'training'] as const);
  const [own, other] = train ? [accuracy, within.share] : [within.share, accuracy];
  return {
    severity: 'error',
    origin: inRunFile('data', 'source'),
    message: `The labels of ${bad} do not belong to their images: nearest neighbours have the same label in ${wholePercent(own)} % of the cases, by chance in ${wholePercent(guessing)} %, and within ${good} in ${wholePercent(other)} %. Look at how images and labels of ${bad} are paired.`,
    evidence: { same_label: own, by_chance: guessing, in_the_other_set: other, images: examples, set: bad },
    threshold: guessing + MOST_ERRORS * (train ? standardError : error),
    thresholdSource: SOURCE,
    measured: own,
  };
}

/** What docs/rules.md says of it. */
export const NEIGHBOUR_NOTES = {
  quantity:
    'Before training: share of images whose nearest neighbour has the same label, within train (up to 400 images), within validation (up to 200), and from validation to train.',
  test: `Before training: one set is at chance (within ${MOST_ERRORS} standard errors), from validation to train too, while neighbours in the other set know at least ${LEAST_KNOWN} of what chance leaves open; and both sets look alike.`,
  source: SOURCE,
  falsePositives: 'A task in which neighbours know nothing anywhere may be hard: it stays silent before training.',
};
