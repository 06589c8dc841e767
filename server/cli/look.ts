/** `rectiscope look FILE`: the images as the network gets them, as a picture; nothing is trained. */
import { text as textOf } from 'node:stream/consumers';
import { Command, InvalidArgumentError, Option } from 'commander';
import { formatNumber } from '../domain/numbers/format.ts';
import { type LookLine, lookAtImages } from '../tasks/look-at-images.ts';
import { readText } from '../tasks/run-files.ts';
import { print, printJson, say, table } from './output.ts';
import { interruptible } from './test-options.ts';

interface LookOptions {
  readonly output?: string;
  readonly split: 'train' | 'val';
  readonly count?: number;
  readonly stdin: boolean;
  readonly json: boolean;
}

/** More would be too small to see anything. */
const MOST_IMAGES = 400;

function toCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > MOST_IMAGES)
    throw new InvalidArgumentError(`Write a whole number from 1 to ${MOST_IMAGES}.`);
  return count;
}

function show({ picture, split, images, shape, transformations, captioned, ...line }: LookLine): void {
  print(picture);
  print(`${images} images of ${split}, ${shape.join(' × ')}; ${transformations.join('; ')}`);
  print(
    `In the picture, black is ${formatNumber(Number(line.black))} and white ${formatNumber(Number(line.white))}.\n`,
  );
  print(
    table([
      ['channel', 'mean', 'deviation', 'least', 'greatest', 'not finite'],
      ...line.statistics.map(({ mean, deviation, least, greatest, not_finite }, c) => [
        String(c + 1),
        ...[mean, deviation, least, greatest].map((value) => formatNumber(Number(value))),
        String(not_finite),
      ]),
    ]),
  );
  print();
  print(table([['class', 'images'], ...line.classes.map((row) => [row.class, String(row.images)])]));
  if (captioned) return;
  print('\nThis system has no fonts, so the picture has no text. Its images, row by row:');
  print(line.labels.map((label, i) => `${i + 1} ${label}`).join(', '));
}

async function look(file: string, { json, stdin, ...options }: LookOptions): Promise<void> {
  const text = stdin ? await textOf(process.stdin) : readText(file);
  const line = await interruptible((check) => lookAtImages(file, text, { ...options, check, notice: say }));
  if (json) printJson(line);
  else show(line);
}

/** `rectiscope look FILE` */
export const lookCommand = (): Command =>
  new Command('look')
    .description(
      'Shows what the network sees: its first images after resizing, augmentation and normalisation, as a picture.',
    )
    .argument('<file>', 'run file')
    .option('--output <png>', 'where the picture goes, replacing what is there; by default a temporary folder')
    .addOption(
      new Option('--split <split>', 'images of training or of testing').choices(['train', 'val']).default('train'),
    )
    .addOption(new Option('--count <n>', 'how many; by default a batch, at most 64').argParser(toCount))
    .option('--stdin', 'take the text from standard input, as if it stood in the file', false)
    .option('--json', 'one JSON object', false)
    .action(look);
