/** Checkpoints of a small network for tests: what step they are of shows in every number. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import {
  type Checkpoint,
  type CheckpointState,
  latestCheckpoint,
  saveCheckpoint,
} from '../../server/checkpoint/checkpoint.ts';
import type { VariableValue, VariableValues } from '../../server/checkpoint/variables.ts';
import type { Files } from '../../server/system/durable-files.ts';
import { got } from './tensor.ts';

export const stateAt = (step: number, best?: number): CheckpointState => ({
  step,
  configHash: 'c',
  dataHash: 'd',
  engine: { backend: 'onnx', device: 'cpu', parts: 2, threads: 2, library: 'onnxruntime 1' },
  seconds: step / 3,
  data: {
    preparation: { normalization: { kind: 'per_pixel_mean', shape: [1, 2, 1], mean: Float32Array.of(0.25, 1 / 3) } },
    statistics: { mean: 0, deviation: 1, meanSquare: 1, correlation: 0.1 },
    bad: [],
  },
  ...(best !== undefined && { best: { top1: 12.5, step: best } }),
  rules: { history: { losses: [0.1, 1e-300] }, spoken: [] },
});

export const variablesAt = (step: number): VariableValues =>
  new Map<string, VariableValue>([
    [
      'conv1.weight',
      { shape: [3, 3, 1, 2], kind: 'learned', data: Float32Array.from({ length: 18 }, (_, i) => step + i / 7) },
    ],
    [
      'velocity/conv1.weight',
      { shape: [3, 3, 1, 2], kind: 'state', data: Float32Array.from({ length: 18 }, (_, i) => -step * i) },
    ],
  ]);

interface SaveOptions {
  readonly best?: number;
  readonly files?: Files;
  readonly committed?: () => Promise<void>;
}

export const save = (folder: string, step: number, { best, files, committed = async () => {} }: SaveOptions = {}) =>
  saveCheckpoint({
    folder,
    variables: variablesAt(step),
    state: stateAt(step, best),
    committed,
    ...(files && { files }),
  });

export const steps = (folder: string) =>
  readdirSync(folder)
    .flatMap((name) => /^checkpoint-(\d+)\.safetensors$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);

export const latest = async (folder: string, upTo = Number.POSITIVE_INFINITY) => {
  const passedOver: string[] = [];
  const checkpoint = await latestCheckpoint(folder, {
    upTo,
    passedOver: (file, why) => passedOver.push(`${basename(file)}: ${why}`),
  });
  return { checkpoint, passedOver };
};

export function assertIsStep(checkpoint: Checkpoint | undefined, step: number): void {
  const { state, arrays } = got(checkpoint, `checkpoint of step ${step}`);
  assert.equal(state.step, step);
  assert.deepEqual(arrays, variablesAt(step));
}
