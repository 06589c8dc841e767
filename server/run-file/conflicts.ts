import { z } from 'zod';
import { compositeKinds, layerKinds } from '../domain/layers/kinds.ts';
import { presetInput } from '../domain/network/presets.ts';
import type { SourcePath } from '../domain/origin.ts';
import { augmentConflicts } from './data-conflicts.ts';
import { toDuration } from './durations.ts';
import { type LayerInput, layerSchema } from './layer-schema.ts';
import { type NetworkInput, resolveLayers } from './layers.ts';
import type { Conflict } from './mistake.ts';
import { type RunFileInput, runFileSchema } from './schema.ts';
import { entriesOf, unwrap } from './shape-of-schema.ts';
import { shapeConflicts } from './shapes.ts';

type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What is wrong between keys: two that exclude each other, one of two that is missing, a name given twice, times that do
 * not rise, an impossible shape. `value` is the result of the walk over the document; parts of it may have mistakes
 * already, and the valid rest is still checked, so that all of a file's mistakes are reported together.
 */
export function findConflicts(value: unknown, forCheck: boolean): Conflict[] {
  if (!isMapping(value)) return [];
  const { data, network, train } = value;
  return [
    ...presenceConflicts(value, forCheck),
    ...(isMapping(data) ? augmentConflicts(data['augment'], inputOf(network)) : []),
    ...networkConflicts(network),
    ...scheduleConflicts(train),
    ...plateauConflicts(value),
    ...replicaConflicts(train),
    ...workerConflicts(train),
    ...scaleConflicts(value['evaluate'], inputOf(network)),
  ];
}

function* presenceConflicts(file: Mapping, forCheck: boolean): Generator<Conflict> {
  if (!('data' in file) && !forCheck) {
    yield { path: [], message: 'Expected the key `data`, such as `data: {source: fashion-mnist}`; it is missing.' };
  }
  const { network, train } = file;
  if (isMapping(network)) yield* networkPresence(network, 'data' in file);
  if (isMapping(train) && 'epochs' in train && 'steps' in train) {
    yield { path: ['train', 'steps'], message: '`epochs` and `steps` exclude each other: keep one of them.' };
  }
}

function* networkPresence(network: Mapping, hasData: boolean): Generator<Conflict> {
  const hasLayers = 'layers' in network;
  if ('preset' in network && hasLayers) {
    yield { path: ['network', 'preset'], message: '`preset` and `layers` exclude each other: keep one of them.' };
  }
  if (!('preset' in network) && !hasLayers) {
    yield { path: ['network'], message: 'Expected the key `layers` or `preset` in `network`; both are missing.' };
  }
  if (hasLayers && !('input' in network)) {
    const message =
      'Expected the key `input` in `network`: `[height, width, channels]`, such as `[28, 28, 1]`; it is missing.';
    yield { path: ['network'], message };
  }
  if (hasLayers && 'classes' in network) {
    const message = '`classes` belongs to a `preset`; the `units` of the last layer set the classes: remove it.';
    yield { path: ['network', 'classes'], message };
  }
  const { layers: written } = network;
  const layers: readonly unknown[] = Array.isArray(written) ? written : [];
  const last = layers.at(-1);
  // An unreadable entry has been reported; it may be of any kind.
  if (hasData && last !== undefined && !(isMapping(last) && 'dense' in last)) {
    const message = 'Expected a `dense` layer at the end, such as `dense: {units: 10}`: its units are the logits.';
    const kind = isMapping(last) ? Object.keys(last).slice(0, 1) : [];
    yield { path: ['network', 'layers', layers.length - 1, ...kind], message };
  }
  const weighted = layers.some(
    (entry) => entry === undefined || (isMapping(entry) && Object.keys(entry).some((key) => mayHaveWeights.has(key))),
  );
  if (!hasData && layers.length > 0 && !weighted) {
    yield { path: ['network', 'layers'], message: 'Expected a `conv` or `dense` layer: nothing here has weights.' };
  }
}

/** Kinds with weights, and those whose branches may have some. */
const mayHaveWeights = new Set([
  ...layerKinds.filter(({ fans }) => fans !== undefined).map(({ type }) => type),
  ...compositeKinds.map(({ type }) => type),
]);

/** Names and shapes of the layers up to the first with a mistake. */
function networkConflicts(value: unknown): Conflict[] {
  if (!isMapping(value)) return [];
  const sound = soundKeys(unwrap(runFileSchema.shape.network), value) as Partial<NetworkInput>;
  const { layers: written } = value;
  const layers = Array.isArray(written) ? soundLayers(written) : undefined;
  const { layers: _, ...others } = sound;
  const resolved = resolveLayers({ ...others, ...(layers ? { layers } : {}) });
  const input = inputOf(value);
  return [...resolved.conflicts, ...(input ? shapeConflicts({ input, layers: resolved.layers }) : [])];
}

/** The network's input, if it is valid; a preset has a default. */
function inputOf(network: unknown): NetworkInput['input'] {
  if (!isMapping(network)) return undefined;
  const { input } = soundKeys(unwrap(runFileSchema.shape.network), network) as Partial<NetworkInput>;
  return input ?? ('preset' in network && !('input' in network) ? [...presetInput] : undefined);
}

/** An image whose shorter side is smaller has no view of the network's size. */
function* scaleConflicts(evaluate: unknown, input: NetworkInput['input']): Generator<Conflict> {
  if (!isMapping(evaluate) || !input) return;
  const { scales } = evaluate;
  const side = Math.min(input[0], input[1]);
  for (const [i, scale] of (Array.isArray(scales) ? scales : []).entries())
    if (typeof scale === 'number' && scale < side)
      yield {
        path: ['evaluate', 'scales', i],
        message: `An image whose shorter side is ${scale} pixels is too small for the network’s input, ${input[0]}×${input[1]}: write at least ${side}.`,
      };
}

function soundLayers(written: readonly unknown[]): LayerInput[] {
  const layers: LayerInput[] = [];
  for (const entry of written) {
    const parsed = layerSchema.safeParse(entry);
    if (!parsed.success) break;
    layers.push(parsed.data);
  }
  return layers;
}

/** The keys of a mapping whose values fit. */
function soundKeys(schema: z.ZodType, value: Mapping): Mapping {
  const members = schema instanceof z.ZodObject ? entriesOf(schema) : [];
  return Object.fromEntries(
    members.flatMap(([key, member]) => {
      const parsed = key in value ? member.safeParse(value[key]) : undefined;
      return parsed?.success && parsed.data !== undefined ? [[key, parsed.data]] : [];
    }),
  );
}

function* scheduleConflicts(value: unknown): Generator<Conflict> {
  if (!isMapping(value)) return;
  const { schedule } = soundKeys(unwrap(runFileSchema.shape.train), value) as NonNullable<RunFileInput['train']>;
  if (schedule === undefined || schedule === 'constant') return;
  if ('step' in schedule) yield* orderConflicts(schedule.step.at, ['train', 'schedule', 'step', 'at']);
  const next = 'warmup' in schedule ? schedule.then : undefined;
  if (next !== undefined && next !== 'constant' && 'step' in next) {
    yield* orderConflicts(next.step.at, ['train', 'schedule', 'then', 'step', 'at']);
  }
}

type TrainInput = NonNullable<RunFileInput['train']>;
type EvaluateInput = NonNullable<RunFileInput['evaluate']>;

/** Patience must cover an evaluation; different units can only be compared once the data is known. */
function* plateauConflicts({ train, evaluate }: Mapping): Generator<Conflict> {
  if (!isMapping(train)) return;
  const { schedule } = soundKeys(unwrap(runFileSchema.shape.train), train) as TrainInput;
  if (schedule === undefined || schedule === 'constant') return;
  const nested = 'warmup' in schedule && schedule.then !== undefined && schedule.then !== 'constant';
  const inner = nested ? schedule.then : schedule;
  if (typeof inner !== 'object' || !('plateau' in inner)) return;
  const written = isMapping(evaluate)
    ? (soundKeys(unwrap(runFileSchema.shape.evaluate), evaluate) as EvaluateInput).every
    : undefined;
  const every = toDuration(written ?? '1 epoch');
  const patience = toDuration(inner.plateau.patience);
  if (patience.unit !== every.unit || patience.value >= every.value) return;
  yield {
    path: ['train', 'schedule', ...(nested ? ['then'] : []), 'plateau', 'patience'],
    message: `Expected at least ${every.value} ${every.unit}, the time between two evaluations (\`evaluate.every\`); found ${patience.value} ${patience.unit}.`,
  };
}

function* replicaConflicts(value: unknown): Generator<Conflict> {
  if (!isMapping(value)) return;
  const { replicas = 1, batch_size: batch = 64 } = soundKeys(unwrap(runFileSchema.shape.train), value) as TrainInput;
  if (replicas <= batch) return;
  const message = `Expected at most ${batch}, the \`batch_size\`: each copy takes at least one example; found ${replicas}.`;
  yield { path: ['train', 'replicas'], message };
}

function* workerConflicts(value: unknown): Generator<Conflict> {
  if (!isMapping(value)) return;
  const train = soundKeys(unwrap(runFileSchema.shape.train), value) as TrainInput;
  const { workers = [], replicas, batch_size: batch = 64 } = train;
  for (const [i, address] of workers.entries()) {
    const path = ['train', 'workers', i];
    const port = Number(address.slice(address.lastIndexOf(':') + 1));
    if (port > 65_535) yield { path, message: `Expected a port of at most 65535; found ${port}.` };
    if (workers.indexOf(address) < i) yield { path, message: `Expected each worker once: ${address} is listed twice.` };
  }
  if (workers.length === 0) return;
  if (replicas !== undefined && replicas < workers.length) {
    const message = `Expected at least ${workers.length}, a copy for each of the \`workers\`; found ${replicas}.`;
    yield { path: ['train', 'replicas'], message };
  }
  if (workers.length > batch) {
    const message = `Expected at most ${batch}, the \`batch_size\`: each worker takes at least one example; found ${workers.length}.`;
    yield { path: ['train', 'workers'], message };
  }
}

/** Times of one unit must rise; epochs and steps can only be compared once the data is known. */
function* orderConflicts(at: readonly (number | string)[], path: SourcePath): Generator<Conflict> {
  const durations = at.map(toDuration);
  for (const [i, { value, unit }] of durations.entries()) {
    const before = durations.slice(0, i).findLast((earlier) => earlier.unit === unit);
    if (before && before.value >= value) {
      yield { path: [...path, i], message: `Expected a time after ${before.value} ${unit}; found ${value} ${unit}.` };
    }
  }
}
