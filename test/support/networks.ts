/** Networks and references for tests. */
import { readFileSync } from 'node:fs';
import type { RunConfig } from '../../server/domain/config.ts';
import { type Network, placeNetwork } from '../../server/domain/network/network.ts';
import { readRunFile } from '../../server/run-file/read.ts';

/** A run's configuration from keys as a run file writes them (JSON is YAML); throws on a mistake. */
export function configOf(keys: Record<string, unknown>): RunConfig {
  const text = JSON.stringify({ version: 1, ...keys });
  const { config, mistakes } = readRunFile(text, { fileName: 'test.rectiscope.yaml', folder: '/', forCheck: true });
  if (!config) throw new Error(mistakes.map(({ message }) => message).join('\n'));
  return config;
}

/** A network from the `network` section of a run file. */
export const networkOf = (network: Record<string, unknown>): Network => placeNetwork(configOf({ network }).network);

/** A training trace of `test/fixtures/reference`: PyTorch in double precision, six steps on one batch. */
export interface TrainingReference {
  name: string;
  network: Record<string, unknown>;
  batch_size: number;
  train: { learning_rate: number[]; momentum: number; weight_decay: number };
  images: { values: number[] };
  labels: number[];
  start: Record<string, { shape: number[]; values: number[] }>;
  steps: {
    loss: number;
    gradient_norm: Record<string, number>;
    /** The masks of the layers that drop, [batch, units]. */
    dropout?: Record<string, number[]>;
    logits?: number[];
    gradient?: Record<string, number[]>;
    preactivation_std?: Record<string, number>;
  }[];
  end: Record<string, number[]>;
}

export const trainingReference = (name: string): TrainingReference =>
  JSON.parse(readFileSync(new URL(`../fixtures/reference/training-${name}.json`, import.meta.url), 'utf8'));
