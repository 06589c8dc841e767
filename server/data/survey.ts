/** Looks through the images of a run as a person would: a sample of them, and the bytes of all for copies. Bounded in time and memory. */
import type { RunConfig } from '../domain/config.ts';
import { mapSize } from '../domain/shapes/size.ts';
import { colorPair } from '../domain/survey/color.ts';
import { type Copies, findCopies } from '../domain/survey/copies.ts';
import { detailLeft } from '../domain/survey/detail.ts';
import { findNeighbours, type Labelled } from '../domain/survey/neighbours.ts';
import { batchOrder } from '../domain/survey/order.ts';
import { comparePreparation } from '../domain/survey/preparation.ts';
import type { Constant, NotFinite, Survey } from '../domain/survey/survey.ts';
import type { SplitName } from './image.ts';
import { labelFaultOf } from './label-fault.ts';
import { nameOf, type Source } from './source.ts';
import type { Split } from './splits.ts';
import { surveyCopies } from './survey-copies.ts';
import { type SurveyedImage, SurveyReader } from './survey-images.ts';
import { drawPlaces, type Place, placesOf } from './survey-places.ts';

/** Images that are looked at, drawn by the run's seed: enough to tell a share of a fifth from one of a quarter. */
const SAMPLE = { train: 400, val: 200 };
/** Standard deviation of an image of bytes below which it is of one colour: two of 255 steps. */
const FLAT = 2 / 255;
/** The same for an image of other numbers: part of the standard deviation of all pixels. */
const FLAT_SHARE = 0.02;
const MOST_NAMED = 5;
/** Files of one colour whose transparency is looked at. */
const MOST_TRANSPARENT = 20;

export interface SurveyOf {
  readonly source: Source;
  readonly splits: Readonly<Record<SplitName, Split>>;
  readonly config: Pick<RunConfig, 'seed' | 'train' | 'network'> & { readonly data: NonNullable<RunConfig['data']> };
  readonly logits: number;
  /** Gets the sampled training images as the network sees them in testing, not normalised. */
  readonly onView: (view: Float32Array) => void;
}

/** Survey the data of a run; `onView` is called for images of train only. */
export async function survey({ source, splits, config, logits, onView }: SurveyOf): Promise<Survey> {
  const { data, seed, train: training, network } = config;
  const { augment, maxPixels, shuffle } = data;
  const reader = new SurveyReader(source, { input: network.input, augment, maxPixels, seed });
  const draw = (role: SplitName): Place[] => {
    const held = placesOf(splits, role).filter(({ set, index }) => isHeld(source, set, index));
    return drawPlaces(held, SAMPLE[role], seed);
  };
  const train = await reader.read(draw('train'), onView);
  const val = await reader.read(draw('val'), () => {});
  const classes = source.classes.length;
  const labelFault = labelFaultOf(source, logits);
  const neighbours = findNeighbours(labelled(train), labelled(val), { classes, mirrors: augment.flip });
  const preparation = source.val && comparePreparation(statisticsOf(train), statisticsOf(val));
  const detail = detailLeft(train.flatMap(({ seen }) => seen ?? []));
  const color = train.some(({ colored }) => colored) && colorPair(labelled(train, 'colored'), labelled(train), classes);
  const constant = await constantOf(train, { reader, isBytes: isBytes(source) });
  return {
    looked: { train: train.length, val: val.length },
    counts: { train: splits.train.count, val: splits.val.count },
    classes: source.classes,
    ...(!shuffle && { order: batchOrder(splits.train.labels, training.batchSize, { seed }) }),
    ...(labelFault && { labelFault: { ...labelFault.fault, where: labelFault.where } }),
    copies: mostCopies(await surveyCopies(source, splits, seed), sampledCopies([...train, ...val], val.length)),
    constant,
    notFinite: notFiniteOf(source, splits),
    ...(neighbours && { neighbours }),
    ...(preparation && { preparation }),
    ...(detail && { detail }),
    ...(color && { color }),
  };
}

const labelled = (images: readonly SurveyedImage[], which: 'small' | 'colored' = 'small'): Labelled => {
  const own = images.flatMap(({ label, ...image }) => {
    const one = image[which];
    return one ? [{ label, one }] : [];
  });
  return { images: own.map(({ one }) => one), labels: own.map(({ label }) => label) };
};

const statisticsOf = (images: readonly SurveyedImage[]) => ({
  statistics: images.map(({ statistics }) => statistics),
  labels: images.map(({ label }) => label),
});

const isBytes = ({ train: { images } }: Source): boolean =>
  images.kind === 'files' || images.values instanceof Uint8Array;

/** Whether an image is in what was read: of a very large IDX file only the beginning is. */
function isHeld(source: Source, set: SplitName, index: number): boolean {
  const { images } = set === 'val' && source.val ? source.val : source.train;
  return images.kind === 'files' || (index + 1) * mapSize(images.shape) <= images.values.length;
}

/** Images of which the same picture was saved anew have other bytes: what the network sees of them is the same. */
const sampledCopies = (images: readonly SurveyedImage[], val: number): Survey['copies'] =>
  findCopies(
    images.map(({ role, label, name, digest }) => ({ set: role, label, name, hash: digest })),
    { compared: images.length, val },
  );

function mostCopies(all: Survey['copies'], sampled: Survey['copies']): Survey['copies'] {
  const hasMore = ({ images, compared }: Copies, than: Copies) => images / compared > than.images / than.compared;
  return {
    acrossClasses: hasMore(sampled.acrossClasses, all.acrossClasses) ? sampled.acrossClasses : all.acrossClasses,
    valInTrain: hasMore(sampled.valInTrain, all.valInTrain) ? sampled.valInTrain : all.valInTrain,
  };
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

async function constantOf(
  images: readonly SurveyedImage[],
  { reader, isBytes: bytes }: { reader: SurveyReader; isBytes: boolean },
): Promise<Constant> {
  const inside = (image: SurveyedImage) => Math.max(...image.statistics.deviation);
  const means = images.map(({ statistics }) => average(statistics.mean));
  const mean = average(means);
  const all = Math.sqrt(average(images.map((image, i) => inside(image) ** 2 + ((means[i] ?? 0) - mean) ** 2)));
  const most = bytes ? FLAT : FLAT_SHARE * all;
  const flat = images.filter((image) => inside(image) <= most);
  const levels = flat.map(({ statistics }) => statistics.mean);
  const channels = levels[0]?.map((_, c) => levels.map((level) => level[c] ?? 0)) ?? [];
  const range = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
  const looked = flat.slice(0, MOST_TRANSPARENT);
  const transparent: boolean[] = [];
  for (const place of looked) transparent.push(await reader.isTransparent(place));
  return {
    images: flat.length,
    looked: images.length,
    transparent: looked.length > 0 ? (flat.length * transparent.filter(Boolean).length) / looked.length : 0,
    alike: channels.every((values) => range(values) <= 2 * most),
    level: flat.length > 0 ? average(flat.map(({ statistics }) => average(statistics.mean))) : 0,
    examples: flat.slice(0, MOST_NAMED).map(({ name }) => name),
  };
}

/** Bytes are always numbers; of other values all that were read are looked at. */
function notFiniteOf(source: Source, splits: Readonly<Record<SplitName, Split>>): NotFinite {
  const places = isBytes(source) ? [] : [...placesOf(splits, 'train'), ...placesOf(splits, 'val')];
  const examples: string[] = [];
  let [values, images, looked] = [0, 0, 0];
  for (const { set, index } of places) {
    const { images: own } = set === 'val' && source.val ? source.val : source.train;
    if (own.kind === 'files' || !isHeld(source, set, index)) continue;
    looked++;
    const length = mapSize(own.shape);
    let bad = 0;
    for (let j = index * length; j < (index + 1) * length; j++) if (!Number.isFinite(own.values[j])) bad++;
    if (bad === 0) continue;
    images++;
    values += bad;
    if (examples.length < MOST_NAMED) examples.push(nameOf(source, set, index));
  }
  return { values, images, looked, examples };
}
