/**
 * The changes of a run, as values: every write to the store but a run's making and removal is one of these, applied in
 * order, many to a transaction.
 */
import { noSuchRun } from '../../protocol/errors.ts';
import type { EndEvent, RunEvent, StartedEvent } from '../../protocol/events.ts';
import type { Delta } from '../../protocol/requests.ts';
import type { Database } from './database.ts';
import { removeAfter, writeEvent } from './events.ts';

/** Who says something of a run. What the server says of restarts outlasts a rewind. */
export type Origin = 'server' | 'trainer';

/** One change of one run. */
export type Operation = { run: string } & (
  | { kind: 'event'; event: RunEvent; origin: Origin; seconds?: number }
  /** Rows of later steps go: the trainer goes on from this one. */
  | { kind: 'rewind'; step: number }
  /** A trainer works on it from now on. */
  | { kind: 'trainer'; pid: number; birth: string }
  /** Back into the queue: at its end when a user resumes it, at its front when a server finds that it was running. */
  | { kind: 'queue'; place: 'front' }
  | { kind: 'queue'; place: 'end'; extraEpochs: number }
  /** How far the run is extended, epochs. */
  | { kind: 'extension'; extraEpochs: number }
  /** The run file that it goes on with. */
  | { kind: 'text'; text: string }
  /** The trainer has died, `deaths` times by now without getting further than `furthestStep`. */
  | { kind: 'death'; deaths: number; furthestStep: number }
  /** The user wants it to end. Stored, so that a server that dies before does not train on. */
  | { kind: 'stop' }
);

/** What one operation did: what to tell the views of the run, and whether lists have changed. */
export interface Effect {
  delta?: Omit<Delta, 'summary'>;
  stateChanged: boolean;
}

/** Apply one operation within the caller's transaction. `now` is the wall-clock time, ISO 8601. */
export function applyOperation(database: Database, operation: Operation, now: string): Effect {
  const { run } = operation;
  const row = database.get<{ key: number; sequence: number }>('SELECT key, sequence FROM runs WHERE id = ?', run);
  if (!row) throw noSuchRun(run);
  const { key } = row;
  switch (operation.kind) {
    case 'event':
      return applyEvent(database, operation, { key, sequence: row.sequence + 1, now });
    case 'rewind':
      rewind(database, key, operation.step);
      return { stateChanged: false };
    case 'trainer': {
      const { pid, birth } = operation;
      const columns = "state = 'running', trainer_pid = ?, trainer_birth = ?, started = coalesce(started, ?)";
      database.run(`UPDATE runs SET ${columns} WHERE key = ?`, pid, birth, now, key);
      return { stateChanged: true };
    }
    case 'queue':
      requeue(database, key, operation);
      return { stateChanged: true };
    case 'death': {
      const columns = 'deaths = ?, furthest_step = ?, trainer_pid = NULL';
      database.run(`UPDATE runs SET ${columns} WHERE key = ?`, operation.deaths, operation.furthestStep, key);
      return { stateChanged: false };
    }
    case 'extension':
      database.run('UPDATE runs SET extra_epochs = ? WHERE key = ?', operation.extraEpochs, key);
      return { stateChanged: false };
    case 'text':
      database.run('UPDATE runs SET text = ? WHERE key = ?', operation.text, key);
      return { stateChanged: false };
    case 'stop':
      database.run('UPDATE runs SET stop_asked = 1 WHERE key = ?', key);
      return { stateChanged: false };
  }
}

function applyEvent(
  database: Database,
  { run, event, origin, seconds }: Extract<Operation, { kind: 'event' }>,
  { key, sequence, now }: { key: number; sequence: number; now: string },
): Effect {
  if (!writeEvent(database, event, { key, sequence, origin })) return { stateChanged: false };
  database.run(
    'UPDATE runs SET sequence = ?, seconds = coalesce(?, seconds) WHERE key = ?',
    sequence,
    seconds ?? null,
    key,
  );
  const delta = { run, sequence, event };
  switch (event.event) {
    case 'step':
    case 'evaluation':
    case 'checkpoint':
      advance(database, key, event);
      return { delta, stateChanged: false };
    case 'started':
      writeStart(database, key, event);
      return { delta, stateChanged: true };
    case 'end':
      writeEnd(database, key, event, now);
      return { delta, stateChanged: true };
    case 'queued':
      return { delta, stateChanged: true };
    default:
      return { delta, stateChanged: false };
  }
}

/** The run has got as far as this event's step. */
function advance(database: Database, key: number, event: { step: number; epoch?: number }): void {
  const columns = 'step = ?, epoch = coalesce(?, epoch)';
  database.run(
    `UPDATE runs SET ${columns} WHERE key = ? AND step <= ?`,
    event.step,
    event.epoch ?? null,
    key,
    event.step,
  );
}

function writeStart(database: Database, key: number, event: StartedEvent): void {
  const { backend, device, steps } = event;
  database.run('UPDATE runs SET backend = ?, device = ?, steps = ? WHERE key = ?', backend, device, steps, key);
}

function writeEnd(database: Database, key: number, event: EndEvent, now: string): void {
  advance(database, key, event);
  const columns = 'state = ?, ended = ?, message = ?, stop_asked = 0';
  database.run(`UPDATE runs SET ${columns} WHERE key = ?`, event.state, now, event.message ?? null, key);
}

function rewind(database: Database, key: number, step: number): void {
  const removed = removeAfter(database, key, step);
  const epoch = 'coalesce((SELECT epoch FROM steps WHERE run = key ORDER BY step DESC LIMIT 1), 0)';
  database.run(`UPDATE runs SET step = ?, epoch = ${epoch} WHERE key = ?`, step, key);
  // A number that no event has: views that have seen what went now see a gap, and ask for a snapshot.
  if (removed > 0) database.run('UPDATE runs SET sequence = sequence + 1 WHERE key = ?', key);
}

function requeue(database: Database, key: number, operation: Extract<Operation, { kind: 'queue' }>): void {
  if (operation.place === 'front') {
    const position = '(SELECT min(position) - 1 FROM runs)';
    database.run(`UPDATE runs SET state = 'queued', position = ${position} WHERE key = ?`, key);
    return;
  }
  const columns = `state = 'queued', position = (SELECT max(position) + 1 FROM runs), extra_epochs = ?,
    ended = NULL, message = NULL, stop_asked = 0, deaths = 0`;
  database.run(`UPDATE runs SET ${columns} WHERE key = ?`, operation.extraEpochs, key);
}
