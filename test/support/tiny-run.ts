/** A training of a second that has everything that a resume must bring back, and what is to be equal of two of them. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FromTrainer } from '../../server/protocol/trainer.ts';
import { withFolder, writeSplit } from './idx.ts';
import { normals } from './random.ts';
import { TrainerStore } from './trainer-store.ts';

export const STEPS = 44;
const EXAMPLES = 40;

/** Batches of 16 in two parts (on two cores or more), epochs of 2.5 steps, dropout, a PReLU, a warm-up and a drop of the rate. */
export const runFile = (
  change: {
    probeEvery?: string;
    steps?: number;
    rate?: number;
    afterWarmup?: object;
    replicas?: number;
    workers?: readonly string[];
  } = {},
) =>
  JSON.stringify({
    version: 1,
    seed: 3,
    data: { source: 'data' },
    network: {
      input: [6, 6, 1],
      layers: [
        { conv: { filters: 4, kernel: 3, activation: { prelu: { share: 'channel' } } } },
        { max_pool: { size: 2 } },
        { conv: { filters: 4, kernel: 2, activation: { prelu: { share: 'layer' } } } },
        { dense: { units: 8, dropout: 0.4 } },
        { dense: { units: 3 } },
      ],
    },
    train: {
      batch_size: 16,
      steps: change.steps ?? STEPS,
      learning_rate: change.rate ?? 0.05,
      momentum: 0.9,
      weight_decay: 0.01,
      ...(change.replicas === undefined ? {} : { replicas: change.replicas }),
      ...(change.workers === undefined ? {} : { workers: change.workers }),
      schedule: {
        warmup: '6 steps',
        // biome-ignore lint/suspicious/noThenProperty: the run file's name for the key; nothing awaits it.
        then: change.afterWarmup ?? { step: { at: ['30 steps'], factor: 0.3 } },
      },
    },
    evaluate: { every: '4 steps' },
    diagnose: { probe_every: change.probeEvery ?? '3 steps', stop_on: [] },
  });

/** Images whose label can be learned: a bright pixel in the label's row. */
export function writeData(folder: string): void {
  mkdirSync(join(folder, 'data'));
  const normal = normals(8);
  for (const [name, n] of [
    ['train', EXAMPLES],
    ['t10k', 20],
  ] as const) {
    const labels = Array.from({ length: n }, (_, i) => i % 3);
    const images = labels.flatMap((label) =>
      Array.from({ length: 36 }, (_, pixel) =>
        Math.min(255, Math.max(0, 90 + 40 * normal() + (Math.floor(pixel / 12) === label ? 90 : 0))),
      ),
    );
    writeSplit(join(folder, 'data'), name, { shape: [n, 6, 6], images: images.map(Math.round), labels });
  }
}

/** A run of its own in a folder that is gone afterwards. */
export const withRun = <T>(use: (store: TrainerStore, folder: string) => Promise<T>, text = runFile()) =>
  withFolder((folder) => {
    writeData(folder);
    mkdirSync(join(folder, 'checkpoints'));
    return use(
      new TrainerStore({ file: join(folder, 'a.rectiscope.yaml'), text, folder: join(folder, 'checkpoints') }),
      folder,
    );
  });

/** What must be equal to the bit: every series without its times, every finding, the weights at the end. */
export function outcome(store: TrainerStore) {
  const hashes = new Map(store.of('checkpoint').map(({ step, weights_hash: hash }) => [step, hash]));
  return {
    steps: store.of('step').map(({ step_ms: _, data_ms: __, ...event }) => event),
    probes: store.of('probe'),
    evaluations: store.of('evaluation'),
    findings: store.of('finding'),
    weights: hashes.get(store.storedStep),
  };
}

type Outcome = ReturnType<typeof outcome>;

/** The run that nothing happens to. */
export const uninterrupted = (backend: 'onnx' | 'tensorflow', text?: string): Promise<Outcome> =>
  withRun(async (store) => {
    const { end, failed } = await store.live({ backend });
    assert.equal(failed, undefined);
    assert.equal(end?.state, 'finished');
    return outcome(store);
  }, text);

const references = new Map<string, Promise<Outcome>>();
export function reference(backend: 'onnx' | 'tensorflow'): Promise<Outcome> {
  const known = references.get(backend) ?? uninterrupted(backend);
  references.set(backend, known);
  return known;
}

/** Whether a message reports this step or a later one. */
export const isStep = (message: FromTrainer, step: number) =>
  message.type === 'events' && message.events.some((event) => event.event === 'step' && event.step >= step);
