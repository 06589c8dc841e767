/**
 * The tables of the run store, version by version: the database's `user_version` is the number of functions that have
 * run. Never change one that was released; add the next.
 *
 * REAL columns hold NaN as NULL. `sequence` is the place of an event among all events of its run. Series refer to a run
 * by its key, and go when it goes.
 */
import type { Migration } from './database.ts';

const first: Migration = (database) =>
  database.exec(`
    CREATE TABLE runs (
      key INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      state TEXT NOT NULL,
      file TEXT NOT NULL,
      text TEXT NOT NULL,
      overrides TEXT NOT NULL,
      backend_asked TEXT NOT NULL,
      device_asked TEXT NOT NULL,
      backend TEXT,
      device TEXT,
      extra_epochs REAL NOT NULL DEFAULT 0,
      -- Place in the queue: lower comes first.
      position INTEGER NOT NULL,
      step INTEGER NOT NULL DEFAULT 0,
      epoch REAL NOT NULL DEFAULT 0,
      steps INTEGER NOT NULL DEFAULT 0,
      seconds REAL NOT NULL DEFAULT 0,
      created TEXT NOT NULL,
      started TEXT,
      ended TEXT,
      message TEXT,
      sequence INTEGER NOT NULL DEFAULT 0,
      -- Deaths of the trainer since it last got further than furthest_step.
      deaths INTEGER NOT NULL DEFAULT 0,
      furthest_step INTEGER NOT NULL DEFAULT 0,
      stop_asked INTEGER NOT NULL DEFAULT 0,
      -- The process that works on it: its id and its birth, since ids are used again.
      trainer_pid INTEGER,
      trainer_birth TEXT,
      -- Names of the weighted layers, once for all probes.
      probe_layers TEXT,
      note TEXT NOT NULL DEFAULT '',
      tags TEXT NOT NULL DEFAULT '[]',
      starred INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX runs_by_state ON runs (state, position);

    CREATE TABLE steps (
      run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      epoch REAL NOT NULL,
      loss REAL,
      top1 REAL,
      learning_rate REAL,
      step_ms REAL,
      PRIMARY KEY (run, step)
    ) WITHOUT ROWID;

    -- "values": doubles, [layer][quantity], little-endian; which quantities: namedQuantities below.
    CREATE TABLE probes (
      run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      "values" BLOB NOT NULL,
      PRIMARY KEY (run, step)
    );

    CREATE TABLE evaluations (
      run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
      step INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      epoch REAL NOT NULL,
      loss REAL,
      top1 REAL,
      top5 REAL,
      views TEXT NOT NULL,
      train_loss REAL,
      train_top1 REAL,
      confusion TEXT,
      PRIMARY KEY (run, step)
    );

    CREATE TABLE findings (
      run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
      rule TEXT NOT NULL,
      layer TEXT NOT NULL,
      step INTEGER NOT NULL,
      sequence INTEGER NOT NULL,
      severity TEXT NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (run, rule, layer, step)
    );

    CREATE TABLE notices (
      run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
      sequence INTEGER NOT NULL,
      step INTEGER NOT NULL,
      message TEXT NOT NULL,
      -- 'server' notices tell of restarts: they outlast a rewind, and may come twice.
      origin TEXT NOT NULL,
      PRIMARY KEY (run, sequence)
    );
    CREATE UNIQUE INDEX notices_of_trainers ON notices (run, step, message) WHERE origin = 'trainer';

    -- What has no table of its own: queued, started, checkpoint, end.
    CREATE TABLE events (
      run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
      sequence INTEGER NOT NULL,
      event TEXT NOT NULL,
      step INTEGER NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (run, sequence)
    );
  `);

/** A finding can end, and its fix be proved. */
const recoveriesAndProofs: Migration = (database) =>
  database.exec(`
    -- The step at which it was over.
    ALTER TABLE findings ADD COLUMN recovered INTEGER;

    -- What a fix of the run was worth, by the rule that proposed it; the latest proof counts.
    CREATE TABLE proofs (
      run INTEGER NOT NULL REFERENCES runs (key) ON DELETE CASCADE,
      rule TEXT NOT NULL,
      sequence INTEGER NOT NULL,
      -- 0 while its runs train.
      decided INTEGER NOT NULL,
      body TEXT NOT NULL,
      PRIMARY KEY (run, rule)
    );
  `);

/** An evaluation tells its scales, the errors of each class and the worst images: JSON, absent in older runs. */
const testing: Migration = (database) =>
  database.exec(`
    ALTER TABLE evaluations ADD COLUMN scales TEXT;
    ALTER TABLE evaluations ADD COLUMN class_errors TEXT;
    ALTER TABLE evaluations ADD COLUMN worst TEXT;
  `);

/** A probe refers to the list of quantities that it was stored with. Until here all were stored with the first. */
const namedQuantities: Migration = (database) =>
  database.exec(`
    -- JSON, in the order in which "values" has them.
    CREATE TABLE probe_quantities (key INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE);
    INSERT INTO probe_quantities (key, names) VALUES (1,
      '["gradient_norm","weight_norm","decay_norm","update_ratio","activation_std","activation_rms","dead_fraction","slope_mean"]');
    ALTER TABLE probes ADD COLUMN quantities INTEGER NOT NULL DEFAULT 1;
  `);

export const migrations: readonly Migration[] = [first, recoveriesAndProofs, testing, namedQuantities];
