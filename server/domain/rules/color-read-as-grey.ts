/** Two classes differ by their colours, and the network gets grey images. */
import { inRunFile } from '../origin.ts';
import type { RuleContext } from './observation.ts';
import type { Diagnosis, Rule } from './rule.ts';
import { wholePercent } from './survey-rule.ts';

const LEAST_COLOR = 0.9;
const MOST_GREY = 0.7;
const SOURCE = 'between two classes guessing is right in half of the cases';
const INPUT = inRunFile('network', 'input');

function judge({ data, network }: Partial<RuleContext> & Pick<RuleContext, 'network'>): Diagnosis | undefined {
  const pair = data?.color;
  if (!data || !pair || pair.color < LEAST_COLOR || pair.grey > MOST_GREY) return undefined;
  const [one, other] = [data.classes[pair.one], data.classes[pair.other]];
  const [height, width] = network.input;
  const input = `[${height}, ${width}, 3]`;
  return {
    severity: 'warning',
    origin: INPUT,
    message: `The network gets grey images, but \`${one}\` and \`${other}\` differ by colour: their nearest neighbours are of the same class in ${wholePercent(pair.color)} % of the cases in colour, and in ${wholePercent(pair.grey)} % in grey.`,
    evidence: { in_color: pair.color, in_grey: pair.grey, images: pair.examples, classes: `${one}, ${other}` },
    threshold: MOST_GREY,
    thresholdSource: SOURCE,
    measured: pair.grey,
    fix: { title: `Give the network colour: input: ${input}`, changes: [{ kind: 'set', at: INPUT, value: input }] },
  };
}

export const colorReadAsGrey: Rule = {
  id: 'color-read-as-grey',
  detail:
    'An input of one channel makes grey images of coloured ones. Classes that differ by colour alone, such as a red and a green light, then look alike, and no network can tell them apart.',
  notes: {
    quantity:
      'For each pair of classes, the share of images whose nearest neighbour among both is of the same class, in colour and in grey; up to 400 training images.',
    test: `An input of one channel and image files: a pair with at least ${LEAST_COLOR} in colour and at most ${MOST_GREY} in grey; at least 10 images of each class, at most 20 classes.`,
    severity: 'Warning.',
    fix: '`input` with 3 channels.',
    source: SOURCE,
    falsePositives: 'Classes that differ by shape have neighbours in grey as well.',
    end: 'Never: the images do not change in a run.',
  },
  predict: judge,
  watch: [{ judges: 'start', persistence: 1, judge: (_observation, _history, context) => judge(context) }],
};
