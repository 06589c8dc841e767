/**
 * The run store: one folder with one database, and a folder a run for its checkpoints and its trainer's log. Reading
 * and writing are synchronous; when a write returns, it is on disk.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { levelOf, type ProofSide } from '../../domain/evaluation/proof.ts';
import type { ProofEvent, RunState } from '../../protocol/events.ts';
import type { StoreHealth } from '../../protocol/health.ts';
import type { Annotation, Delta, ProbeEnds, RunSnapshot, RunSummary, TrainParams } from '../../protocol/requests.ts';
import { type Clock, isoTime, systemClock } from '../../system/clock.ts';
import { makeOwnFolder } from '../../system/make-folder.ts';
import { type Database, lookAtDatabase, openDatabase, StoreError, versionOf } from './database.ts';
import { type KnownRun, readHealth } from './health.ts';
import { migrations } from './migrations.ts';
import { applyOperation, type Operation } from './operations.ts';
import { classCount, lastEvaluation, lastSteps, openProofs, standingRules } from './proofs.ts';
import {
  annotateRun,
  findRun,
  insertRun,
  listRuns,
  newId,
  type RunRecord,
  readEndedStep,
  readRecord,
  readSummary,
  recordsIn,
} from './runs.ts';
import { readCheckpoint, readProbeEnds, readSnapshot } from './snapshot.ts';

export const DATABASE_FILE = 'rectiscope.db';

/** What a transaction did, for those who watch. */
export interface Applied {
  deltas: Delta[];
  /** A run appeared or changed its state. */
  stateChanged: boolean;
}

export class RunStore {
  readonly folder: string;
  readonly #database: Database;
  readonly #clock: Clock;

  private constructor(folder: string, database: Database, clock: Clock) {
    this.folder = folder;
    this.#database = database;
    this.#clock = clock;
  }

  /** Open the store in a folder, for this process alone. Throws a StoreError (database.ts). */
  static async open(folder: string, clock: Clock): Promise<RunStore> {
    prepareFolder(folder);
    return new RunStore(folder, await openDatabase(join(folder, DATABASE_FILE), migrations), clock);
  }

  /** A store on a database that is only read. */
  static reading(folder: string, database: Database): RunStore {
    return new RunStore(folder, database, systemClock);
  }

  /** Path of the folder for a run's checkpoints and its trainer's log. */
  runFolder(id: string): string {
    return join(this.folder, 'runs', id);
  }

  /** Add a run at the end of the queue, and what else belongs to its making: all, or none. */
  create(name: string, params: TrainParams, also: (run: string) => Operation[] = () => []): Applied & { run: string } {
    const run = newId(this.#database, this.#clock.wall());
    return this.#database.transaction(() => {
      insertRun(this.#database, { ...params, id: run, name, created: isoTime(this.#clock) });
      const queued: Operation = { kind: 'event', run, event: { event: 'queued', run, name }, origin: 'server' };
      return { ...this.#applyAll([queued, ...also(run)]), run };
    });
  }

  /** Apply operations in order: all, or none and it throws (`isStorageTrouble` tells a full disk from a mistake). */
  apply(operations: readonly Operation[]): Applied {
    return this.#database.transaction(() => this.#applyAll(operations));
  }

  /** Remove a run and all its rows. Its folder is the caller's to remove. */
  remove(id: string): void {
    this.#database.run('DELETE FROM runs WHERE id = ?', id);
  }

  /** Write what a user says of a run. */
  annotate(id: string, annotation: Annotation): void {
    annotateRun(this.#database, id, annotation);
  }

  /** Which run a user means: an id, a name, the beginning of an id. Throws `noSuchRun` or `ambiguousRun`. */
  find(text: string): string {
    return findRun(this.#database, text);
  }

  list(): RunSummary[] {
    return listRuns(this.#database);
  }

  summary(id: string): RunSummary {
    return readSummary(this.#database, id);
  }

  record(id: string): RunRecord {
    return readRecord(this.#database, id);
  }

  /** The last step at which an end of the run was told; 0 where none was. */
  endedStep(id: string): number {
    return readEndedStep(this.#database, id);
  }

  /** Runs in a state, in the order of the queue. */
  recordsIn(state: RunState): RunRecord[] {
    return recordsIn(this.#database, state);
  }

  snapshot(id: string): RunSnapshot {
    const { checkpoint, ...rest } = readSnapshot(this.#database, id);
    return { ...rest, ...(checkpoint && { checkpoint: this.#here(id, checkpoint) }) };
  }

  /** None of the probes between is read. */
  firstAndLastProbe(id: string): ProbeEnds {
    return readProbeEnds(this.#database, id);
  }

  /** The run's last checkpoint; undefined before the first. */
  checkpoint(id: string): RunSnapshot['checkpoint'] {
    const checkpoint = readCheckpoint(this.#database, id);
    return checkpoint && this.#here(id, checkpoint);
  }

  /** Where a checkpoint is now: the store may have been moved since it was written. */
  #here<C extends { file: string }>(id: string, checkpoint: C): C {
    return { ...checkpoint, file: join(this.runFolder(id), basename(checkpoint.file)) };
  }

  /** Proofs without a verdict yet. */
  openProofs(): ProofEvent[] {
    return openProofs(this.#database);
  }

  /** Where a run stood at a step, for a proof; undefined where it has no two steps. */
  proofSide(id: string, { upTo, window }: { upTo: number; window: number }): ProofSide | undefined {
    const level = levelOf(lastSteps(this.#database, id, { upTo, count: window }));
    if (!level) return undefined;
    const evaluated = lastEvaluation(this.#database, id, upTo);
    return { name: this.record(id).name, level, ...(evaluated && { evaluated }) };
  }

  /** Rules whose finding stands in a run. */
  standingRules(id: string): string[] {
    return standingRules(this.#database, id);
  }

  /** How many classes a run's data has; undefined before it has started. */
  classCount(id: string): number | undefined {
    return classCount(this.#database, id);
  }

  has(id: string): boolean {
    return this.#database.get('SELECT id FROM runs WHERE id = ?', id) !== undefined;
  }

  /** How the store is. `isAttended`: whether a trainer works on a run. */
  health(isAttended: (run: KnownRun) => boolean): StoreHealth {
    return readHealth(this.#database, { newest: migrations.length, isAttended });
  }

  close(): void {
    this.#database.close();
  }

  #applyAll(operations: readonly Operation[]): Applied {
    const now = isoTime(this.#clock);
    const effects = operations.map((operation) => applyOperation(this.#database, operation, now));
    const written = effects.flatMap(({ delta }) => delta ?? []);
    // One summary a run: what it is like after all of this.
    const summaries = new Map<string, RunSummary>();
    for (const { run } of written) if (!summaries.has(run)) summaries.set(run, this.summary(run));
    return {
      deltas: written.map((delta) => ({ ...delta, summary: summaries.get(delta.run) as RunSummary })),
      stateChanged: effects.some((effect) => effect.stateChanged),
    };
  }
}

/**
 * How a store is that no server has; everything in its folder stays as it is. Throws a StoreError (`lookAtDatabase`), or what the
 * system says where the database is not there.
 */
export const lookAtStore = (folder: string, isAttended: (run: KnownRun) => boolean): StoreHealth =>
  lookAtDatabase(join(folder, DATABASE_FILE), migrations.length, (database) =>
    readHealth(database, { newest: migrations.length, isAttended }),
  );

/**
 * Read a store that no server has; everything in its folder stays as it is. Throws a StoreError (`lookAtDatabase`), also where the store is
 * of an older version, which only a server can bring up to date.
 */
export const readStore = <T>(folder: string, read: (store: RunStore) => T): T =>
  lookAtDatabase(join(folder, DATABASE_FILE), migrations.length, (database) => {
    const version = versionOf(database);
    if (version < migrations.length)
      throw new StoreError(
        'older',
        `The run store ${folder} is of an older version (${version}, now ${migrations.length}): it can be read once a training server has brought it up to date, which takes a disk with room.`,
      );
    return read(RunStore.reading(folder, database));
  });

/** Make the store's folder, and keep it out of the user's version control. */
function prepareFolder(folder: string): void {
  makeOwnFolder(folder);
  const ignore = join(folder, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
}
