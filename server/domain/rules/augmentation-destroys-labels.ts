/** Mirroring makes images of one class look like those of another. */
import { inRunFile } from '../origin.ts';
import { type Exchange, exchangedPairs, LEAST_MOVED } from '../survey/exchanged.ts';
import type { SurveyedData } from '../survey/survey.ts';
import type { Diagnosis, ProposedFix } from './rule.ts';
import { surveyRule } from './survey-rule.ts';

/** Of mirrored images that stay in their class: then its name means nothing. */
const LEAST_KEPT = 0.6;
const SOURCE = 'four in ten mirrored images of two classes look most like those of the other one';
const FLIP = inRunFile('data', 'augment', 'flip');
const FIX: ProposedFix = {
  title: 'Leave the images as they are: flip: false',
  changes: [{ kind: 'set', at: FLIP, value: 'false' }],
};

/** What a name is in a mirror; itself where that is nothing else. */
function mirroredName(name: string): string {
  const letters: Readonly<Record<string, string>> = { b: 'd', d: 'b', p: 'q', q: 'p' };
  return (
    letters[name] ??
    name.replaceAll(/left|right/gi, (word) => {
      const other = word.toLowerCase() === 'left' ? 'right' : 'left';
      if (word === word.toUpperCase()) return other.toUpperCase();
      return /^[LR]/.test(word) ? `${other[0]?.toUpperCase()}${other.slice(1)}` : other;
    })
  );
}

function byImages({ from, to, moved, images }: Exchange, classes: readonly string[]): Diagnosis {
  const [one, other] = [classes[from] ?? String(from), classes[to] ?? String(to)];
  return {
    severity: 'error',
    origin: FLIP,
    message: `Mirroring turns \`${one}\` into \`${other}\`: of ${images} mirrored images of the one class, ${moved} look like images of the other, and \`flip\` leaves the label as it was.`,
    evidence: { images, moved, share: moved / images, classes: `${one}, ${other}` },
    threshold: LEAST_MOVED,
    thresholdSource: SOURCE,
    measured: moved / images,
    fix: FIX,
  };
}

/** Names that are each other's mirror image, unless the images show that their classes stay what they are. */
function byNames({ classes, neighbours }: SurveyedData): Diagnosis | undefined {
  const kept = (label: number) => {
    const row = neighbours?.mirrored?.[label] ?? [];
    const all = row.reduce((sum, count) => sum + count, 0);
    return all > 0 ? (row[label] ?? 0) / all : 0;
  };
  const pairs = classes.flatMap((name, label) => {
    const other = classes.indexOf(mirroredName(name));
    return other > label && Math.min(kept(label), kept(other)) < LEAST_KEPT
      ? [{ one: name, other: classes[other] }]
      : [];
  });
  const [first] = pairs;
  if (!first) return undefined;
  return {
    severity: 'warning',
    origin: FLIP,
    message: `Left and right seem to matter, and \`flip\` mirrors half of the images: the names of ${2 * pairs.length} of ${classes.length} classes are each other’s mirror image, such as \`${first.one}\` and \`${first.other}\`.`,
    evidence: {
      classes: pairs.map(({ one, other }) => `${one}, ${other}`).join('; '),
      named_so: 2 * pairs.length,
      of: classes.length,
    },
    threshold: 0,
    thresholdSource: SOURCE,
    measured: 2 * pairs.length,
    fix: FIX,
  };
}

export const augmentationDestroysLabels = surveyRule({
  id: 'augmentation-destroys-labels',
  detail:
    'Mirrored images keep their label. Where left and right are what tells classes apart (arrows, hands, letters such as b and d), half of the training images then have the label of the other class, and nothing can be learnt of these classes.',
  notes: {
    quantity:
      'The class of the nearest training image of each mirrored training image, by pixels (up to 400); the names of the classes.',
    test: `With \`flip: true\`: two classes of which at least ${LEAST_MOVED} of the mirrored images are nearest to the other one, and of the images as they are at most a quarter; or names with left and right, b and d, p and q, unless ${LEAST_KEPT} of the mirrored images stay in their class.`,
    severity: 'Error; warning where only the names say so.',
    fix: '`flip: false`.',
    source: SOURCE,
    falsePositives:
      'Both classes must turn into each other: a class that a mirror makes unlike anything does not count.',
  },
  judge: (data) => {
    const { augment, neighbours, classes } = data;
    if (!augment.flip) return undefined;
    const { plain, mirrored } = neighbours ?? {};
    const [pair] = plain && mirrored ? exchangedPairs(plain, mirrored) : [];
    return pair ? byImages(pair, classes) : byNames(data);
  },
});
