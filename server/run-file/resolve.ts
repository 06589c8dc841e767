import {
  BUNDLED,
  type DataConfig,
  type Duration,
  isWeighted,
  type Layer,
  type RunConfig,
  type Schedule,
  type WeightedLayer,
} from '../domain/config.ts';
import { presetInput } from '../domain/network/presets.ts';
import { toDuration } from './durations.ts';
import { resolveLayers } from './layers.ts';
import type { RunFileInput } from './schema.ts';

export interface ResolveOptions {
  /** The run's name if the file gives none. */
  readonly defaultName: string;
  /** A path of the run file → an absolute one. */
  readonly resolvePath: (path: string) => string;
}

/** A run file that fits the schema and has no conflicts → the configuration with every default filled in. */
export function resolve(file: RunFileInput, options: ResolveOptions): RunConfig {
  const { network } = file;
  return {
    name: file.name ?? options.defaultName.replaceAll(/\p{Cc}/gu, ' '),
    seed: file.seed ?? 1,
    ...(file.data ? { data: resolveData(file.data, options.resolvePath) } : {}),
    network: {
      input: network.input ?? presetInput,
      layers: resolveLayers(network).layers.map((layer) => located(layer, options.resolvePath)),
    },
    train: {
      batchSize: file.train?.batch_size ?? 64,
      length: lengthOf(file.train),
      learningRate: file.train?.learning_rate ?? 0.01,
      schedule: toSchedule(file.train?.schedule ?? 'constant'),
      ...(file.train?.replicas === undefined ? {} : { replicas: file.train.replicas }),
      ...(file.train?.workers?.length ? { workers: file.train.workers } : {}),
      optimizer: { kind: 'sgd', momentum: file.train?.momentum ?? 0.9 },
      weightDecay: file.train?.weight_decay ?? 0.0005,
    },
    evaluate: {
      every: toDuration(file.evaluate?.every ?? '1 epoch'),
      views: file.evaluate?.views ?? 'center',
      scales: file.evaluate?.scales ?? [],
    },
    diagnose: {
      probeEvery: toDuration(file.diagnose?.probe_every ?? '10 steps'),
      stopOn: file.diagnose?.stop_on ?? ['diverged'],
      ignore: file.diagnose?.ignore ?? [],
    },
  };
}

/** A layer whose weights come from a file, with the file's absolute path. */
function located(layer: Layer, resolvePath: (path: string) => string): Layer {
  if (!isWeighted(layer) || layer.init.kind !== 'from') return layer;
  const found: WeightedLayer = { ...layer, init: { ...layer.init, file: resolvePath(layer.init.file) } };
  return found;
}

function resolveData(data: NonNullable<RunFileInput['data']>, resolvePath: (path: string) => string): DataConfig {
  const { train, val } = data.limit ?? {};
  const { resize, crop, flip, color } = data.augment ?? {};
  return {
    source: data.source === BUNDLED ? data.source : resolvePath(data.source),
    limit: { ...(train === undefined ? {} : { train }), ...(val === undefined ? {} : { val }) },
    validation: data.validation ?? 0.1,
    normalize: data.normalize ?? 'standardize',
    shuffle: data.shuffle ?? true,
    augment: {
      ...(resize === undefined ? {} : { resize: typeof resize === 'number' ? [resize, resize] : resize }),
      ...(crop === undefined ? {} : { crop }),
      flip: flip ?? false,
      ...(color === undefined ? {} : { color }),
    },
    maxPixels: data.max_pixels ?? 50_000_000,
    badFiles: data.bad_files ?? 'refuse',
    cacheBytes: (data.cache_mb ?? 1024) * 2 ** 20,
  };
}

const lengthOf = (train: RunFileInput['train']): Duration =>
  train?.steps === undefined ? { value: train?.epochs ?? 10, unit: 'epochs' } : { value: train.steps, unit: 'steps' };

type ScheduleInput = NonNullable<NonNullable<RunFileInput['train']>['schedule']>;

function toSchedule(written: ScheduleInput): Schedule {
  if (written === 'constant') return { kind: 'constant' };
  if ('step' in written) return { kind: 'step', at: written.step.at.map(toDuration), factor: written.step.factor };
  if ('plateau' in written) {
    return { kind: 'plateau', factor: written.plateau.factor, patience: toDuration(written.plateau.patience) };
  }
  return { kind: 'warmup', duration: toDuration(written.warmup), next: toSchedule(written.then ?? 'constant') };
}
