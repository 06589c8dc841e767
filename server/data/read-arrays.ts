/** Images that are in memory as a whole, all of one size: IDX files. */
import { createHash } from 'node:crypto';
import { misfit } from '../domain/augmentation/view.ts';
import type { DataConfig } from '../domain/config.ts';
import { mapSize } from '../domain/shapes/size.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import type { Examples } from './examples.ts';
import type { ImageSet } from './image.ts';
import { PixelSums } from './normalization.ts';
import { checkCounts, needsSums, preparationOf, type ReadData, type ReadOptions } from './read-data.ts';
import type { Source } from './source.ts';
import { chooseSplits } from './splits.ts';

/** Check the images of a source against the network, and take their statistics. */
export async function readArrays(
  source: Source,
  config: DataConfig,
  { seed, input, batchSize, saved, examples }: ReadOptions & { examples: Examples },
): Promise<ReadData> {
  checkShape(arrays(source.train.images), config, input);
  const splits = chooseSplits(source, config, { seed, isGood: () => true });
  checkCounts(splits, batchSize);
  const { set, indices } = splits.train;
  const sums = new PixelSums(input, config.augment.color !== undefined);
  const view = new Float32Array(mapSize(input));
  if (needsSums(config, saved))
    for (const index of indices) {
      examples.centerOf(await examples.raw(set, index), view);
      sums.add(view);
    }
  const preparation = preparationOf(config, saved, sums);
  return { splits, hash: hashOf(source), files: [], notices: [], bad: [], preparation };
}

function arrays(images: ImageSet) {
  if (images.kind !== 'arrays') throw new Error('these images are in files');
  return images;
}

/** Throws a RunFailure where images of one size don't fit the network's input, by themselves or as `augment` cuts them. */
export function checkShape(
  { shape }: { shape: ReadOptions['input'] },
  { augment }: DataConfig,
  input: ReadOptions['input'],
): void {
  const [height, width, channels] = shape;
  const why = misfit({ height, width }, { augment, crop: { height: input[0], width: input[1] } });
  if (why === undefined && channels === input[2]) return;
  if (augment.resize === undefined && augment.crop === undefined)
    throw new RunFailure(
      `network.input is [${input.join(', ')}], but the images are ${shape.join('×')}: write \`input: [${shape.join(', ')}]\`.`,
      ['network', 'input'],
    );
  if (channels !== input[2])
    throw new RunFailure(
      `network.input has ${input[2]} channels, but the images ${channels}: write \`input: [${input[0]}, ${input[1]}, ${channels}]\`.`,
      ['network', 'input'],
    );
  throw new RunFailure(`an image can't be cropped: ${why}. Change \`resize\` or \`crop\`.`, ['data', 'augment']);
}

function hashOf({ train, val }: Source): string {
  const hash = createHash('sha256').update(JSON.stringify(arrays(train.images).shape));
  for (const { images, labels } of val ? [train, val] : [train])
    hash.update(bytesOf(arrays(images).values)).update(bytesOf(labels));
  return hash.digest('hex');
}

const bytesOf = (array: Uint8Array | Uint16Array | Float32Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
