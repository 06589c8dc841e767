/**
 * The process that tests a new runtime by training: it loads both addons, takes some steps of a small network, and takes
 * the same steps on onnxruntime, which is always available and shares no code with it. It is a separate process because a
 * library that does not fit this machine ends the process that loads it.
 * Usage: `node verify-runtime.ts <RuntimePaths as JSON>`; exits with 0 on success, else prints the reason on standard error.
 */

import { initialVariables } from '../checkpoint/variables.ts';
import type { UpdateConfig } from '../domain/config.ts';
import { type Network, placeNetwork } from '../domain/network/network.ts';
import { RandomStream } from '../domain/random/stream.ts';
import { mapSize } from '../domain/shapes/size.ts';
import type { Engine } from '../engines/engine.ts';
import { createOnnxEngine } from '../engines/onnx/engine.ts';
import { createTensorFlowEngine } from '../engines/tensorflow/engine.ts';
import { loadTensorFlowAt } from '../engines/tensorflow/load.ts';
import { readRunFile } from '../run-file/read.ts';
import type { RuntimePaths } from '../runtime/status.ts';

const BATCH = 8;
const STEPS = 4;
/** Relative; single precision and different orders of summation give about 1e-6 after so few steps. */
const TOLERANCE = 1e-4;
const TRAIN: UpdateConfig = { optimizer: { kind: 'sgd', momentum: 0.9 }, weightDecay: 0.0005 };

const RUN_FILE = `
version: 1
network:
  input: [8, 8, 3]
  layers:
    - conv: {filters: 8, kernel: 3, repeat: 2}
    - conv: {filters: 8, kernel: 3, stride: 2}
    - global_average_pool
    - dense: {units: 4}
`;

function smallNetwork(): Network {
  const { config, mistakes } = readRunFile(RUN_FILE, { fileName: 'verify', folder: '/', forCheck: true });
  if (config === undefined) throw new Error(mistakes.map(({ message }) => message).join('\n'));
  return placeNetwork(config.network);
}

/** Losses of some steps on one batch of seeded noise. */
async function losses(engine: Engine, network: Network): Promise<number[]> {
  await engine.assign(initialVariables({ network, ...TRAIN }, { seed: 1 }));
  const random = new RandomStream({ seed: 1, purpose: 'order', name: 'verify' });
  const images = Float32Array.from({ length: BATCH * mapSize(network.input) }, () => random.gaussian());
  const labels = Int32Array.from({ length: BATCH }, () => random.below(network.classes));
  const values: number[] = [];
  for (let step = 1; step <= STEPS; step++) {
    const batch = { images, labels, dropoutMasks: new Map<string, Float32Array>(), learningRate: 0.05, step };
    values.push((await engine.step(batch, { probe: false })).loss);
  }
  await engine.close();
  return values;
}

/** @throws Error with the problem */
async function tryOut(paths: RuntimePaths): Promise<void> {
  const network = smallNetwork();
  const options = { network, batchSize: BATCH, train: TRAIN, parts: 1 };
  const library = await loadTensorFlowAt(paths);
  if (!paths.version.startsWith(library.version.replace(/-.*/, ''))) {
    throw new Error(`the library is TensorFlow ${library.version}, not ${paths.version}`);
  }
  const ours = await losses(await createTensorFlowEngine(library, { ...options, threads: 1 }), network);
  const theirs = await losses(await createOnnxEngine(options), network);
  const differs = ours.some((loss, i) => !(Math.abs(loss - (theirs[i] ?? Number.NaN)) <= TOLERANCE * Math.abs(loss)));
  if (differs) throw new Error(`a training step gives losses ${ours} on TensorFlow, ${theirs} on onnxruntime`);
  if (!((ours.at(-1) ?? Number.NaN) < (ours[0] ?? Number.NaN)))
    throw new Error(`training does not lower the loss: ${ours}`);
}

try {
  await tryOut(JSON.parse(process.argv[2] ?? '') as RuntimePaths);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
