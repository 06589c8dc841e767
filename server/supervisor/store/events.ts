/** How an event of a run becomes a row, and how rows of rolled-back steps go. All within the caller's transaction. */
import { PROBE_QUANTITIES } from '../../domain/probe/quantities.ts';
import type {
  EvaluationEvent,
  FindingEvent,
  ProbeEvent,
  ProofEvent,
  RunEvent,
  StepEvent,
} from '../../protocol/events.ts';
import { fromScalar, type Scalar } from '../../protocol/scalar.ts';
import type { Column, Database } from './database.ts';

/** Where a row belongs: the run's key, and the place of the event in the run. */
interface Place {
  key: number;
  sequence: number;
}

/** A number as a REAL column takes it: NaN as NULL. */
const real = (value: Scalar | undefined): Column => {
  const number = value === undefined ? Number.NaN : fromScalar(value);
  return Number.isNaN(number) ? null : number;
};

const json = (value: unknown): Column => (value === undefined ? null : JSON.stringify(value));

/**
 * Write an event. False where it was there already: evaluations, findings, notices and checkpoints that a trainer repeats when it
 * goes on from a checkpoint or begins anew. A repeated step or probe is a fault of the trainer and throws: each step is
 * stored once.
 */
export function writeEvent(
  database: Database,
  event: RunEvent,
  place: Place & { origin: 'server' | 'trainer' },
): boolean {
  const { key, sequence } = place;
  switch (event.event) {
    case 'step':
      writeStep(database, event, key);
      return true;
    case 'probe':
      writeProbe(database, event, key);
      return true;
    case 'evaluation':
      return writeEvaluation(database, event, place);
    case 'finding':
      return writeFinding(database, event, place);
    case 'recovered':
      return added(
        database,
        'UPDATE findings SET recovered = ? WHERE run = ? AND rule = ? AND step = ? AND recovered IS NULL',
        [event.step, key, event.rule, event.found],
      );
    case 'proof':
      return writeProof(database, event, place);
    case 'notice':
      return added(
        database,
        'INSERT OR IGNORE INTO notices (run, step, message, sequence, origin) VALUES (?, ?, ?, ?, ?)',
        [key, event.step, event.message, sequence, place.origin],
      );
    case 'checkpoint':
      return added(
        database,
        `INSERT INTO events (run, sequence, event, step, body) SELECT ?, ?, ?, ?, ?
         WHERE NOT EXISTS (SELECT 1 FROM events WHERE run = ? AND event = ? AND step = ?)`,
        [key, sequence, event.event, event.step, JSON.stringify(event), key, event.event, event.step],
      );
    default:
      return added(database, 'INSERT INTO events (run, sequence, event, step, body) VALUES (?, ?, ?, ?, ?)', [
        key,
        sequence,
        event.event,
        'step' in event ? event.step : 0,
        JSON.stringify(event),
      ]);
  }
}

const added = (database: Database, sql: string, values: Column[]): boolean => database.run(sql, ...values).changes > 0;

function writeStep(database: Database, event: StepEvent, key: number): void {
  database.run(
    'INSERT INTO steps (run, step, epoch, loss, top1, learning_rate, step_ms) VALUES (?, ?, ?, ?, ?, ?, ?)',
    key,
    event.step,
    event.epoch,
    real(event.loss),
    real(event.top1),
    real(event.learning_rate),
    real(event.step_ms),
  );
}

/**
 * The names of the layers are those of the run's first probe: a network does not change while it trains. Those of the quantities
 * are each probe's own: a later version may go on with the run.
 */
function writeProbe(database: Database, event: ProbeEvent, key: number): void {
  const names = JSON.stringify(event.layers.map((layer) => layer.name));
  database.run('UPDATE runs SET probe_layers = ? WHERE key = ? AND probe_layers IS NULL', names, key);
  const known = database.get<{ probe_layers: string }>('SELECT probe_layers FROM runs WHERE key = ?', key);
  if (known?.probe_layers !== names)
    throw new Error(`The probe of step ${event.step} has other layers than the run: ${names}`);
  const values = Float64Array.from(
    event.layers.flatMap((layer) => PROBE_QUANTITIES.map((quantity) => fromScalar(layer[quantity] ?? 'NaN'))),
  );
  const quantities = JSON.stringify(PROBE_QUANTITIES);
  database.run('INSERT OR IGNORE INTO probe_quantities (names) VALUES (?)', quantities);
  database.run(
    `INSERT INTO probes (run, step, "values", quantities)
     VALUES (?, ?, ?, (SELECT key FROM probe_quantities WHERE names = ?))`,
    key,
    event.step,
    new Uint8Array(values.buffer),
    quantities,
  );
}

const writeEvaluation = (database: Database, event: EvaluationEvent, { key, sequence }: Place): boolean =>
  added(
    database,
    `INSERT OR IGNORE INTO evaluations
       (run, step, sequence, epoch, loss, top1, top5, views, train_loss, train_top1, confusion, scales,
        class_errors, worst)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    [
      key,
      event.step,
      sequence,
      event.epoch,
      real(event.loss),
      real(event.top1),
      real(event.top5),
      event.views,
      real(event.train_loss),
      real(event.train_top1),
      json(event.confusion),
      json(event.scales),
      json(event.class_errors),
      json(event.worst),
    ],
  );

const writeFinding = (database: Database, event: FindingEvent, { key, sequence }: Place): boolean =>
  added(
    database,
    'INSERT OR IGNORE INTO findings (run, rule, layer, step, sequence, severity, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
    [key, event.rule, event.layer ?? '', event.step, sequence, event.severity, JSON.stringify(event)],
  );

/** The latest proof of a rule takes the place of the one before. */
const writeProof = (database: Database, event: ProofEvent, { key, sequence }: Place): boolean =>
  added(database, 'INSERT OR REPLACE INTO proofs (run, rule, sequence, decided, body) VALUES (?, ?, ?, ?, ?)', [
    key,
    event.fixes[0]?.rule ?? '',
    sequence,
    Number(event.state !== 'running'),
    JSON.stringify(event),
  ]);

/** Forget everything that was measured after a step: its weights are gone. Returns how many rows went. */
export function removeAfter(database: Database, key: number, step: number): number {
  const removals = [
    'DELETE FROM steps WHERE run = ? AND step > ?',
    'DELETE FROM probes WHERE run = ? AND step > ?',
    'DELETE FROM evaluations WHERE run = ? AND step > ?',
    'DELETE FROM findings WHERE run = ? AND step > ?',
    'UPDATE findings SET recovered = NULL WHERE run = ? AND recovered > ?',
    "DELETE FROM notices WHERE run = ? AND step > ? AND origin = 'trainer'",
    "DELETE FROM events WHERE run = ? AND step > ? AND event = 'checkpoint'",
  ];
  return removals.reduce((sum, sql) => sum + database.run(sql, key, step).changes, 0);
}
