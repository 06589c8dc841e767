/** A trained run: its configuration, and the weights of its last checkpoint. */
import { dirname } from 'node:path';
import { type CheckpointState, readCheckpoint } from '../checkpoint/checkpoint.ts';
import { noCheckpoint } from '../checkpoint/no-checkpoint.ts';
import { ofNetwork } from '../checkpoint/variables.ts';
import type { RunConfig } from '../domain/config.ts';
import { type Network, placeNetwork } from '../domain/network/network.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { readRunFile } from '../run-file/read.ts';
import { RunFailure } from '../run-file/run-failure.ts';

export interface TrainedRun {
  readonly run: string;
  readonly name: string;
  readonly config: RunConfig;
  readonly network: Network;
  /** Parameters and tracked arrays, by name. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly state: CheckpointState;
  /** Name of each class, in the order of the logits. */
  readonly classes: readonly string[];
}

/** Read a run's last checkpoint. Throws a RunFailure if there is none or it can't be read. */
export async function readTrainedRun({ summary, text, started, checkpoint }: RunSnapshot): Promise<TrainedRun> {
  const { run, name, file } = summary;
  const { config, mistakes } = readRunFile(text, { fileName: file, folder: dirname(file) });
  if (!config)
    throw new RunFailure(`The run file of ${name} can't be read by this version: ${mistakes[0]?.message ?? ''}`);
  if (!checkpoint) throw new RunFailure(noCheckpoint(summary, 'are no weights to test'));
  const network = placeNetwork(config.network);
  const { arrays, state } = await readCheckpoint(checkpoint.file).catch((error: Error) => {
    throw new RunFailure(`${checkpoint.file} can't be read: ${error.message}.`);
  });
  const classes = Array.from({ length: network.classes }, (_, k) => started?.classes[k] ?? `class ${k}`);
  const weights = new Map([...ofNetwork(arrays)].map(([key, { data }]) => [key, data]));
  return { run, name, config, network, weights, state, classes };
}
