/** A worker thread: decodes, augments and normalises examples into shared memory while the engine trains. */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { misfit } from '../domain/augmentation/view.ts';
import { mapSize } from '../domain/shapes/size.ts';
import { Examples, type ExamplesOptions, type KeptImages, type Wanted } from './examples.ts';
import type { RawImage } from './image.ts';
import { BadImage } from './image-file.ts';
import { PixelSums } from './normalization.ts';
import type {
  FillTask,
  FromWorker,
  Results,
  ScannedImages,
  ScanTask,
  SumTask,
  Task,
  ToWorker,
  WholeTask,
} from './task.ts';

const options = workerData as ExamplesOptions;
const examples = new Examples(options);
const length = mapSize(options.input);
const crop = { height: options.input[0], width: options.input[1] };

/** Larger images are decoded again: an epoch of them takes long in any case. */
const LARGEST_KEPT = 4 * 2 ** 20;

/** An example that can't be used any more, though it could when the run began. */
class LostExample extends Error {
  readonly example: Wanted;

  constructor(message: string, example: Wanted) {
    super(message);
    this.example = example;
  }
}

/** Names the example where an image can't be used. */
const lost =
  (example: Wanted) =>
  (error: Error): never => {
    throw error instanceof BadImage ? new LostExample(error.message, example) : error;
  };

async function fill({ examples: wanted, to }: FillTask): Promise<undefined> {
  for (const [i, example] of wanted.entries())
    await examples.fill(example, to.subarray(i * length, (i + 1) * length)).catch(lost(example));
}

const whole = ({ example, shorterSide }: WholeTask): Promise<Results['whole']> =>
  examples.whole(example, shorterSide).catch(lost(example));

async function sum({ set, indices, wantsColor }: SumTask): Promise<Results['sum']> {
  const sums = new PixelSums(options.input, wantsColor);
  const view = new Float32Array(length);
  for (const index of indices) {
    examples.centerOf(await examples.raw(set, index), view);
    sums.add(view);
  }
  return sums.values;
}

async function scan({ set, begin, end, decode, keep, summed, wantsColor }: ScanTask): Promise<ScannedImages> {
  const digests: string[] = [];
  const problems: (string | undefined)[] = [];
  const images: (RawImage | undefined)[] = [];
  const sums = new PixelSums(options.input, wantsColor);
  const view = new Float32Array(length);
  const chosen = new Set(summed);
  for (let index = begin; index < end; index++) {
    let digest = '';
    let image: RawImage | undefined;
    let problem: string | undefined;
    try {
      const bytes = await examples.bytes(set, index);
      digest = createHash('sha256').update(bytes).digest('hex');
      if (decode) image = await examples.decode(bytes);
    } catch (error) {
      if (!(error instanceof BadImage)) throw error;
      problem = error.message;
    }
    digests.push(digest);
    problems.push(problem);
    images.push(image);
    // What does not fit fails the run; there is no view of it to be added.
    if (image && chosen.has(index) && !misfit(image, { augment: options.augment, crop })) {
      examples.centerOf(image, view);
      sums.add(view);
    }
  }
  return {
    digests,
    problems,
    extents: images.map((image) => image && { height: image.height, width: image.width }),
    ...(keep && { kept: pack(images, { set, begin }) }),
    ...(summed.length > 0 && { sums: sums.values }),
  };
}

function pack(images: readonly (RawImage | undefined)[], { set, begin }: Pick<ScanTask, 'set' | 'begin'>): KeptImages {
  const small = images.flatMap((image, i) =>
    image && image.values.length <= LARGEST_KEPT ? [{ image, index: begin + i }] : [],
  );
  const memory = new SharedArrayBuffer(small.reduce((bytes, { image }) => bytes + image.values.length, 0));
  const bytes = new Uint8Array(memory);
  let offset = 0;
  const entries = small.map(({ image: { height, width, values }, index }) => {
    bytes.set(values, offset);
    offset += values.length;
    return { index, offset: offset - values.length, height, width };
  });
  return { set, memory, entries };
}

function run(task: Task): Promise<Results[keyof Results]> {
  switch (task.kind) {
    case 'fill':
      return fill(task);
    case 'scan':
      return scan(task);
    case 'sum':
      return sum(task);
    case 'whole':
      return whole(task);
  }
}

// One task after the other, in the order in which they were asked for.
let last: Promise<void> = Promise.resolve();
parentPort?.on('message', (message: ToWorker) => {
  last = last.then(async () => {
    if (!('id' in message)) {
      if (message.kind === 'keep') examples.keep(message.kept);
      else examples.prepare(message.preparation);
      return;
    }
    const { id, task } = message;
    const reply: FromWorker = await run(task).then(
      (result) => ({ id, result }),
      (error: Error) => ({
        id,
        failed: error.message,
        ...(error instanceof LostExample && { example: error.example }),
      }),
    );
    parentPort?.postMessage(reply);
  });
});
