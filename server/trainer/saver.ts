/** When a run is saved, and how. */
import { type CheckpointState, saveCheckpoint } from '../checkpoint/checkpoint.ts';
import { type Owner, variableValues } from '../checkpoint/variables.ts';
import type { Engine } from '../engines/engine.ts';
import type { Clock } from '../system/clock.ts';
import type { Link } from './link.ts';
import { whenThereIsRoom } from './when-there-is-room.ts';

/** Seconds between checkpoints without an evaluation. */
const CHECKPOINT_SECONDS = 15;
/** A checkpoint may take this share of the time: large networks save less often. */
const CHECKPOINT_SHARE = 0.02;

/** What a checkpoint pins beside the weights. */
export type Pinned = Pick<CheckpointState, 'configHash' | 'dataHash' | 'weightFiles' | 'engine' | 'data'>;

interface SaverOptions {
  readonly run: string;
  readonly folder: string;
  /** The network and optimiser of the variables. */
  readonly owner: Owner;
  readonly engine: Engine;
  readonly pinned: Pinned;
  readonly link: Link;
  readonly clock: Clock;
}

export class Saver {
  readonly #options: SaverOptions;
  #step: number;
  #savedAt: number;
  #saveSeconds = 0;

  /** @param step of the checkpoint that the run continues from; 0 at the start. */
  constructor(step: number, options: SaverOptions) {
    this.#options = options;
    this.#step = step;
    this.#savedAt = options.clock.monotonic();
  }

  /** Step of the last checkpoint. */
  get step(): number {
    return this.#step;
  }

  /** Whether a checkpoint is due by the clock. */
  isDue(): boolean {
    const wait = Math.max(CHECKPOINT_SECONDS, this.#saveSeconds / CHECKPOINT_SHARE);
    return (this.#options.clock.monotonic() - this.#savedAt) / 1000 >= wait;
  }

  /** Saves and reports it. Weights that are not finite are useless and not saved: the earlier checkpoint is worth more. */
  async save(state: Omit<CheckpointState, keyof Pinned>): Promise<void> {
    const { run, folder, owner, engine, pinned, link, clock } = this.#options;
    const started = clock.monotonic();
    const values = await engine.read();
    if (![...values.values()].every((value) => value.every(Number.isFinite))) return;
    const checkpoint = {
      folder,
      variables: variableValues(owner, values),
      state: { ...pinned, ...state },
      committed: () => link.commit(),
    };
    const { file, weightsHash } = await whenThereIsRoom(
      () => saveCheckpoint(checkpoint),
      (why) =>
        link.waiting(
          why &&
            `Waiting to save the checkpoint of step ${state.step}: ${why}. Free some space on the disk; the run then continues by itself.`,
        ),
    );
    link.report({ event: 'checkpoint', run, step: state.step, file, weights_hash: weightsHash });
    this.#step = state.step;
    this.#savedAt = clock.monotonic();
    this.#saveSeconds = (this.#savedAt - started) / 1000;
  }
}
