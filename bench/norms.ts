/**
 * What norms cost: a step of `plain-30`, the same with the norms of all layers, and with all that a probe measures, one by one in
 * random order in one session. One JSON line: per cent more than the step alone, of medians, and the number of turns.
 *
 * usage: node bench/norms.ts tensorflow|onnx TURNS
 */

import { availableParallelism } from 'node:os';
import { initialVariables } from '../server/checkpoint/variables.ts';
import { median } from '../server/domain/numbers/statistics.ts';
import { PROBE_FIELDS } from '../server/domain/probe/quantities.ts';
import type { Operation, Program, Value } from '../server/domain/program/operation.ts';
import { RandomStream } from '../server/domain/random/stream.ts';
import { mapSize, size } from '../server/domain/shapes/size.ts';
import { stepProgram } from '../server/domain/step/step.ts';
import { partsFor, threadsOfPart } from '../server/engines/engine.ts';
import { openThreads } from '../server/engines/onnx/engine.ts';
import { meanSlopes, probeNumbers } from '../server/engines/onnx/probe-numbers.ts';
import { writeGraph } from '../server/engines/tensorflow/graph.ts';
import { loadTensorFlow } from '../server/engines/tensorflow/load.ts';
import { assignVariables, named, Session } from '../server/engines/tensorflow/session.ts';
import type { Backend } from '../server/protocol/events.ts';
import { TIMED_UPDATE } from '../server/timing/time-steps.ts';
import { workload } from '../server/timing/workloads.ts';

/** A training step, and the fetches with it. */
type Kind = 'step' | 'norms' | 'probe';
type Work = Record<Kind, () => Promise<unknown>>;

/** What norms and a whole probe add to a step, per cent. */
export interface NormsMeasurement {
  readonly norms: number;
  readonly probe: number;
}

const { network, batchSize } = workload('plain-30');
const RATE = 0.0001;
const start = initialVariables({ network, ...TIMED_UPDATE }, { seed: 1 });
const cores = availableParallelism();
const parts = partsFor(batchSize, cores);
const random = new RandomStream({ seed: 1, purpose: 'order', name: 'bench' });
const noise = (length: number) => Float32Array.from({ length }, () => random.gaussian());

async function onOnnx(): Promise<Work> {
  const { threads, ...state } = await openThreads({ network, batchSize, train: TIMED_UPDATE, parts, threads: cores });
  const { whole } = state;
  for (const { name, data } of whole.variables) data.set(start.get(name) ?? []);
  for (const { images } of state.parts) images.data.set(noise(images.data.length));
  const once = async (task: 'part' | 'probed part', probe: boolean) => {
    await Promise.all(threads.slice(0, parts).map((thread) => thread.run(task)));
    await Promise.all(threads.map((thread) => thread.update({ rate: RATE, step: 1 }, { probe })));
  };
  return {
    step: () => once('part', false),
    norms: () => once('part', true),
    probe: async () => {
      const slopes = meanSlopes(network, whole);
      await once('probed part', true);
      return probeNumbers(network, { ...state, slopes });
    },
  };
}

/** The program with a fetch of only the norms among the probe's numbers. */
function withNorms(program: Program): Program {
  const probe = program.fetches.get('probe')?.operation.inputs[0]?.operation;
  if (!probe) throw new Error('the program has no probe');
  const isNorm = (place: number) =>
    ['gradientNorm', 'weightNorm', 'updateNorm'].includes(PROBE_FIELDS[place % PROBE_FIELDS.length] ?? '');
  const outputs: Value[] = [];
  const pack: Operation = { ...probe, name: 'norms', inputs: probe.inputs.filter((_, i) => isNorm(i)), outputs };
  outputs.push({ operation: pack, index: 0, dtype: 'float32', shape: [pack.inputs.length] });
  return {
    ...program,
    operations: [...program.operations, pack],
    fetches: new Map([...program.fetches, ...outputs.map((value) => ['norms', value] as const)]),
  };
}

async function onTensorFlow(): Promise<Work> {
  const library = await loadTensorFlow({ threadsPerPart: threadsOfPart({ parts, cores }), device: 'cpu' });
  const program = withNorms(stepProgram({ network, batch: batchSize, parts, train: TIMED_UPDATE }));
  const graph = writeGraph(program);
  const session = new Session(library, graph);
  await assignVariables(session, { program, graph, values: start });
  const data = {
    images: noise(batchSize * mapSize(network.input)),
    labels: new Int32Array(batchSize),
    learning_rate: Float32Array.of(RATE),
  };
  const feeds = Object.entries(data).map(([name, values]) => {
    const shape = program.inputs.get(name)?.shape ?? [];
    if (size(shape) !== values.length) throw new Error(`${name} does not have the shape [${shape}]`);
    return { name: named(graph.inputs, name), shape, data: values };
  });
  const fetching = (...names: string[]) =>
    session.run(
      feeds,
      names.map((name) => named(graph.fetches, name)),
    );
  return {
    step: () => fetching('loss', 'logits'),
    norms: () => fetching('loss', 'logits', 'norms'),
    probe: () => fetching('loss', 'logits', 'probe'),
  };
}

const [backend, turns] = [process.argv[2] as Backend, Number(process.argv[3])];
const work = await (backend === 'onnx' ? onOnnx() : onTensorFlow());
const kinds = Object.keys(work) as Kind[];
const times: Record<Kind, number[]> = { step: [], norms: [], probe: [] };
for (let turn = -3; turn < turns; turn++)
  for (const kind of kinds.toSorted(() => random.uniform() - 0.5)) {
    const before = performance.now();
    await work[kind]();
    if (turn >= 0) times[kind].push(performance.now() - before);
  }
const more = (kind: Kind) => 100 * (median(times[kind]) / median(times.step) - 1);
console.log(JSON.stringify({ norms: more('norms'), probe: more('probe') } satisfies NormsMeasurement));
// Threads and a library keep this process alive.
process.exit(0);
