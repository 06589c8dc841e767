/** How many images per second a folder yields, and what share of a training step is spent waiting for them. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { initialVariables } from '../server/checkpoint/variables.ts';
import type { Dataset } from '../server/data/dataset.ts';
import { openDataset } from '../server/data/open.ts';
import type { DataConfig } from '../server/domain/config.ts';
import { formatFixed } from '../server/domain/numbers/format.ts';
import { median } from '../server/domain/numbers/statistics.ts';
import { RandomStream } from '../server/domain/random/stream.ts';
import { mapSize } from '../server/domain/shapes/size.ts';
import { chooseEngine } from '../server/engines/choose.ts';
import { RunFailure } from '../server/run-file/run-failure.ts';
import { systemClock } from '../server/system/clock.ts';
import { trainerEnvironment } from '../server/system/processes.ts';
import { TIMED_UPDATE } from '../server/timing/time-steps.ts';
import { workload } from '../server/timing/workloads.ts';
import { file, machine, writeSection } from './report.ts';

/** Files that are written. */
const COUNT = 192;
const SHORTER = 256;
const LONGER = 341;

/** JPEG files as cameras make them: smooth, with some noise. 256 pixels high, quality 90. */
async function writeImages(folder: string): Promise<void> {
  const random = new RandomStream({ seed: 1, purpose: 'order', name: 'bench' });
  for (let i = 0; i < COUNT; i++) {
    const coarse = Uint8Array.from({ length: 24 * 32 * 3 }, () => random.below(256));
    const image = join(folder, i % 8 === 0 ? 'val' : 'train', i % 16 < 8 ? 'a' : 'b', `${i}.jpg`);
    mkdirSync(join(image, '..'), { recursive: true });
    const smooth = await sharp(coarse, { raw: { width: 32, height: 24, channels: 3 } })
      .resize(LONGER, SHORTER, { fit: 'fill' })
      .raw()
      .toBuffer();
    const grain = smooth.map((value) => Math.max(0, Math.min(255, value + random.below(17) - 8)));
    await sharp(grain, { raw: { width: LONGER, height: SHORTER, channels: 3 } })
      .jpeg({ quality: 90 })
      .toFile(image);
  }
}

const config = (source: string, cacheBytes: number): DataConfig => ({
  source,
  limit: {},
  validation: 0,
  normalize: 'standardize',
  shuffle: true,
  augment: { resize: [256, 512], crop: 224, flip: true, color: 'pca' },
  maxPixels: 50_000_000,
  badFiles: 'refuse',
  cacheBytes,
});

async function withData<T>(source: string, cacheBytes: number, use: (dataset: Dataset) => Promise<T>): Promise<T> {
  const dataset = await openDataset(config(source, cacheBytes), {
    seed: 1,
    input: [224, 224, 3],
    classes: 1000,
    batchSize: 8,
  });
  try {
    return await use(dataset);
  } finally {
    await dataset.close();
  }
}

/** Images per second with nothing else running. */
async function speed(dataset: Dataset, steps: number): Promise<number> {
  const batch = { images: new Float32Array(8 * 224 * 224 * 3), labels: new Int32Array(8) };
  const take = (step: number) => dataset.trainBatch(step, batch.images, batch.labels);
  for (let step = 1; step <= 4; step++) await take(step);
  const before = systemClock.monotonic();
  for (let step = 5; step < 5 + 2 * steps; step++) await take(step);
  return (1000 * 2 * steps * 8) / (systemClock.monotonic() - before);
}

/** Milliseconds of a step of the paper's small model, and of them those spent waiting; medians, and the share of the sums. */
async function waiting(dataset: Dataset, backend: 'tensorflow' | 'onnx', steps: number) {
  const { network, batchSize } = workload('small-14');
  const { engine, library } = await chooseEngine({
    backend,
    device: 'auto',
    pinned: undefined,
    network,
    batchSize,
    train: TIMED_UPDATE,
  });
  try {
    await engine.assign(initialVariables({ network, ...TIMED_UPDATE }, { seed: 1 }));
    const batch = { images: new Float32Array(batchSize * mapSize(network.input)), labels: new Int32Array(batchSize) };
    const times: { waited: number; all: number }[] = [];
    for (let step = 1; step <= steps + 3; step++) {
      const before = systemClock.monotonic();
      await dataset.trainBatch(step, batch.images, batch.labels);
      const waited = systemClock.monotonic() - before;
      await engine.step({ ...batch, dropoutMasks: new Map(), learningRate: 0.001, step }, { probe: false });
      // The first steps make the engine's plans and fill the batches ahead.
      if (step > 3) times.push({ waited, all: systemClock.monotonic() - before });
    }
    const sum = (part: 'waited' | 'all') => times.reduce((total, time) => total + time[part], 0);
    return {
      library,
      waited: median(times.map((time) => time.waited)),
      all: median(times.map((time) => time.all)),
      share: sum('waited') / sum('all'),
    };
  } finally {
    await engine.close();
  }
}

/** Measure in a separate process with a trainer's environment, and write the section. */
export function images({ steps }: { steps: number }): void {
  const { status } = spawnSync(process.execPath, [file('images.ts'), String(steps)], {
    env: trainerEnvironment(process.env),
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}

async function measure(steps: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'rectiscope-bench-'));
  const rows: string[] = [];
  try {
    await writeImages(folder);
    const decoded = await withData(folder, 0, (dataset) => speed(dataset, steps));
    const kept = await withData(folder, 2 ** 30, (dataset) => speed(dataset, steps));
    const rate = (value: number) => `${formatFixed(value, 0)} images/s`;
    rows.push(
      `Decoded every time: **${rate(decoded)}**; decoded images kept in memory: **${rate(kept)}** (${COUNT} JPEGs of ${LONGER}×${SHORTER}, quality 90; shorter side drawn from 256 to 512, crop 224, flip, colour noise, standardised).`,
      '',
      '| `small-14`, batch 8, images decoded every time | ms per step | of these waiting for images | share of all steps |',
      '|---|---|---|---|',
    );
    for (const backend of ['tensorflow', 'onnx'] as const) {
      try {
        const { library, waited, all, share } = await withData(folder, 0, (dataset) =>
          waiting(dataset, backend, steps),
        );
        rows.push(
          `| ${backend} (${library}) | ${formatFixed(all, 0)} | ${formatFixed(waited, 1)} | ${formatFixed(100 * share, 1)} % |`,
        );
      } catch (error) {
        if (!(error instanceof RunFailure)) throw error;
        console.error(`${backend}: ${error.message}`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  writeSection('images', [
    '### Images from a folder',
    '',
    `\`npm run bench -- images\`, ${machine()}; ${steps} steps.`,
    '',
    ...rows,
  ]);
}

if (import.meta.main) await measure(Number(process.argv[2]));
