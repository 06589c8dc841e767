/** What a run has learnt, from its last checkpoint. */

import { type CheckpointState, readCheckpoint } from '../checkpoint/checkpoint.ts';
import { noCheckpoint } from '../checkpoint/no-checkpoint.ts';
import { ofNetwork, type VariableValues } from '../checkpoint/variables.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { ExportRefusal } from './refusal.ts';

export interface Learned {
  /** What the trained network is made of: parameters and tracked arrays, in order. */
  readonly arrays: VariableValues;
  readonly state: CheckpointState;
  readonly weightsHash: string;
}

/** Reads a run's last checkpoint. Throws an ExportRefusal if there is none or it can't be read. */
export async function readLearned({ summary, checkpoint }: RunSnapshot): Promise<Learned> {
  if (!checkpoint) throw new ExportRefusal(noCheckpoint(summary, 'are no weights to export'));
  try {
    const { arrays, state, weightsHash } = await readCheckpoint(checkpoint.file);
    return { arrays: ofNetwork(arrays), state, weightsHash };
  } catch (error) {
    throw new ExportRefusal(`${checkpoint.file} can't be read: ${(error as Error).message}.`);
  }
}
