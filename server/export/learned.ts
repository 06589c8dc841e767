/** What a run has learnt, from its last checkpoint. */

import { type Checkpoint, type CheckpointState, readCheckpoint } from '../checkpoint/checkpoint.ts';
import { noCheckpoint } from '../checkpoint/no-checkpoint.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { ExportRefusal } from './refusal.ts';

export interface Learned {
  /** Parameters with their shapes, in order; without velocities. */
  readonly arrays: Checkpoint['arrays'];
  readonly state: CheckpointState;
  readonly weightsHash: string;
}

/** Reads a run's last checkpoint. Throws an ExportRefusal if there is none or it can't be read. */
export async function readLearned({ summary, checkpoint }: RunSnapshot): Promise<Learned> {
  if (!checkpoint) throw new ExportRefusal(noCheckpoint(summary, 'are no weights to export'));
  try {
    const { arrays, state, weightsHash } = await readCheckpoint(checkpoint.file);
    return { arrays: new Map([...arrays].filter(([name]) => !name.startsWith('velocity/'))), state, weightsHash };
  } catch (error) {
    throw new ExportRefusal(`${checkpoint.file} can't be read: ${(error as Error).message}.`);
  }
}
