/**
 * The product's training loop in this process, with its engine's time measured separately. One JSON line.
 *
 * usage: node bench/training-loop.ts tensorflow|onnx share|memory STEPS
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serialize } from 'node:v8';
import { openDataset } from '../server/data/open.ts';
import { placeNetwork } from '../server/domain/network/network.ts';
import { chooseEngine } from '../server/engines/choose.ts';
import type { Engine } from '../server/engines/engine.ts';
import type { Backend } from '../server/protocol/events.ts';
import { readRunFile } from '../server/run-file/read.ts';
import { systemClock } from '../server/system/clock.ts';
import { Link } from '../server/trainer/link.ts';
import { train } from '../server/trainer/loop.ts';

/** The result of one training. */
export interface LoopMeasurement {
  /** The share outside the engine of the time between the first and the last timed step, per cent. */
  readonly share: number;
  readonly resident: readonly { readonly step: number; readonly megabytes: number }[];
}

const [backend, what, steps] = [process.argv[2] as Backend, process.argv[3], Number(process.argv[4])];
const layers =
  what === 'share'
    ? [
        { conv: { filters: 16, kernel: 3, repeat: 10 } },
        { conv: { filters: 32, kernel: 3, stride: 2 } },
        { conv: { filters: 32, kernel: 3, repeat: 9 } },
        { conv: { filters: 64, kernel: 3, stride: 2 } },
        { conv: { filters: 64, kernel: 3, repeat: 8 } },
        'global_average_pool',
        { dense: { units: 10 } },
      ]
    : [{ conv: { filters: 8, kernel: 3, stride: 2 } }, 'global_average_pool', { dense: { units: 10 } }];
const text = JSON.stringify({
  version: 1,
  data: { source: 'fashion-mnist' },
  network: { input: [28, 28, 1], layers },
  train: { batch_size: what === 'share' ? 64 : 16, steps, learning_rate: 0.001, momentum: 0.9 },
  evaluate: { every: `${steps} steps` },
  diagnose: { probe_every: '1 step', stop_on: [] },
});
const folder = mkdtempSync(join(tmpdir(), 'rectiscope-loop-'));
const { config, positions, mistakes } = readRunFile(text, { fileName: 'loop', folder });
if (!config?.data) throw new Error(mistakes.map(({ message }) => message).join('\n'));
const network = placeNetwork(config.network);
const { batchSize } = config.train;
const dataset = await openDataset(config.data, {
  seed: config.seed,
  input: network.input,
  classes: network.classes,
  batchSize,
});
const { engine, library } = await chooseEngine({
  backend,
  device: 'cpu',
  pinned: undefined,
  network,
  batchSize,
  train: config.train,
});

/** Untimed steps at the start: plans are made and code is compiled. */
const WARM = 10;
let calls = 0;
let inside = 0;
let began = 0;
let ended = 0;
const resident: { step: number; megabytes: number }[] = [];
const timed: Engine = {
  backend: engine.backend,
  device: engine.device,
  threads: engine.threads,
  parts: engine.parts,
  assign: (variables) => engine.assign(variables),
  read: () => engine.read(),
  evaluate: (images) => engine.evaluate(images),
  close: () => engine.close(),
  async step(batch, options) {
    const before = systemClock.monotonic();
    if (++calls === WARM) began = before;
    const output = await engine.step(batch, options);
    ended = systemClock.monotonic();
    // The last call's time is not counted: intervals run from the start of one call to the start of the next.
    if (calls >= WARM && calls < steps) inside += ended - before;
    if (calls === steps) ended = before;
    if (calls % 1000 === 0) resident.push({ step: calls, megabytes: process.memoryUsage.rss() / 1e6 });
    return output;
  },
};
/** The server's side: serialises messages as the channel does, and confirms every write at once. */
const link = new Link((message) => {
  serialize(message);
  if (message.type === 'commit' || message.type === 'rewind')
    queueMicrotask(() => link.receive({ type: 'committed', id: message.id }));
});
try {
  await train({
    run: 'loop',
    config,
    positions,
    network,
    dataset,
    engine: timed,
    inference: undefined,
    checkpoint: undefined,
    stored: undefined,
    pinned: {
      configHash: '',
      dataHash: dataset.hash,
      data: dataset.saved,
      engine: { backend, device: engine.device, parts: engine.parts, threads: engine.threads, library },
    },
    folder,
    extraEpochs: 0,
    endedStep: 0,
    link,
    clock: systemClock,
  });
} finally {
  await dataset.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
}
const measured: LoopMeasurement = { share: 100 * (1 - inside / (ended - began)), resident };
console.log(JSON.stringify(measured));
