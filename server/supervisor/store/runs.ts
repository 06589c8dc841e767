/** The rows of the table `runs`: made, found, read as what a list shows and as what the server needs to go on. */
import { ambiguousRun, noSuchRun } from '../../protocol/errors.ts';
import type { Backend, Device, RunState } from '../../protocol/events.ts';
import type { Annotation, RunSummary, TrainParams } from '../../protocol/requests.ts';
import { type Scalar, toScalar } from '../../protocol/scalar.ts';
import type { Database } from './database.ts';

/** A row of `runs`, as far as it is read (migrations.ts). */
interface RunRow {
  key: number;
  id: string;
  name: string;
  state: RunState;
  file: string;
  text: string;
  backend_asked: Backend | 'auto';
  device_asked: Device | 'auto';
  backend: Backend | null;
  device: Device | null;
  extra_epochs: number;
  step: number;
  epoch: number;
  steps: number;
  seconds: number;
  created: string;
  started: string | null;
  ended: string | null;
  message: string | null;
  deaths: number;
  furthest_step: number;
  stop_asked: number;
  trainer_pid: number | null;
  trainer_birth: string | null;
  note: string;
  tags: string;
  starred: number;
}

/** What the server needs to know of a run to train it. */
export interface RunRecord {
  id: string;
  name: string;
  state: RunState;
  file: string;
  text: string;
  backendAsked: Backend | 'auto';
  deviceAsked: Device | 'auto';
  extraEpochs: number;
  /** The latest step of which anything is stored. */
  step: number;
  epoch: number;
  seconds: number;
  deaths: number;
  furthestStep: number;
  stopAsked: boolean;
  /** The process that worked on it last, if nobody has seen it end. */
  trainer?: { pid: number; birth: string };
}

/** Read a REAL column, in which NaN is NULL. */
export const numberOf = (column: number | null): number => column ?? Number.NaN;
export const scalarOf = (column: number | null): Scalar => toScalar(numberOf(column));

interface SummaryRow extends RunRow {
  has_loss: number;
  loss: number | null;
  evaluated: number;
  top1: number | null;
  top5: number | null;
  best_top1: number | null;
  best_step: number | null;
  findings: number;
  recovered: number;
}

const SUMMARY = `
  SELECT runs.*, last_step.step IS NOT NULL AS has_loss, last_step.loss,
    latest.step IS NOT NULL AS evaluated, latest.top1, latest.top5,
    best.top1 AS best_top1, best.step AS best_step,
    (SELECT count(*) FROM findings WHERE run = runs.key) AS findings,
    (SELECT count(recovered) FROM findings WHERE run = runs.key) AS recovered
  FROM runs
    LEFT JOIN steps AS last_step ON last_step.run = runs.key
      AND last_step.step = (SELECT max(step) FROM steps WHERE run = runs.key)
    LEFT JOIN evaluations AS latest ON latest.run = runs.key
      AND latest.step = (SELECT max(step) FROM evaluations WHERE run = runs.key)
    LEFT JOIN evaluations AS best ON best.run = runs.key
      AND best.step = (SELECT step FROM evaluations WHERE run = runs.key AND top1 IS NOT NULL
                       ORDER BY top1, step LIMIT 1)`;

/** All runs, the newest first. */
export const listRuns = (database: Database): RunSummary[] =>
  database.all<SummaryRow>(`${SUMMARY} ORDER BY runs.key DESC`).map(summaryOf);

export function readSummary(database: Database, id: string): RunSummary {
  const row = database.get<SummaryRow>(`${SUMMARY} WHERE runs.id = ?`, id);
  if (!row) throw noSuchRun(id);
  return summaryOf(row);
}

const summaryOf = (row: SummaryRow): RunSummary => ({
  run: row.id,
  name: row.name,
  state: row.state,
  step: row.step,
  steps: row.steps,
  epoch: row.epoch,
  ...(row.backend ? { backend: row.backend } : {}),
  ...(row.device ? { device: row.device } : {}),
  file: row.file,
  created: row.created,
  ...(row.started ? { started: row.started } : {}),
  ...(row.ended ? { ended: row.ended } : {}),
  seconds: row.seconds,
  ...(row.has_loss ? { loss: scalarOf(row.loss) } : {}),
  ...(row.evaluated ? { top1: numberOf(row.top1), top5: numberOf(row.top5) } : {}),
  ...(row.best_step === null ? {} : { best: { top1: numberOf(row.best_top1), step: row.best_step } }),
  findings: row.findings,
  ...(row.recovered === 0 ? {} : { recovered: row.recovered }),
  ...(row.message ? { message: row.message } : {}),
  note: row.note,
  tags: JSON.parse(row.tags) as string[],
  starred: row.starred === 1,
});

export function readRecord(database: Database, id: string): RunRecord {
  const row = database.get<RunRow>('SELECT * FROM runs WHERE id = ?', id);
  if (!row) throw noSuchRun(id);
  return recordOf(row);
}

/** The last step at which an end of the run was told; 0 where none was. */
export const readEndedStep = (database: Database, id: string): number =>
  database.get<{ step: number }>(
    `SELECT coalesce(max(events.step), 0) AS step FROM events JOIN runs ON runs.key = events.run
     WHERE runs.id = ? AND event = 'end'`,
    id,
  )?.step ?? 0;

/** The runs in a state, in the order in which they are to be worked on. */
export const recordsIn = (database: Database, state: RunState): RunRecord[] =>
  database.all<RunRow>('SELECT * FROM runs WHERE state = ? ORDER BY position', state).map(recordOf);

const recordOf = (row: RunRow): RunRecord => ({
  id: row.id,
  name: row.name,
  state: row.state,
  file: row.file,
  text: row.text,
  backendAsked: row.backend_asked,
  deviceAsked: row.device_asked,
  extraEpochs: row.extra_epochs,
  step: row.step,
  epoch: row.epoch,
  seconds: row.seconds,
  deaths: row.deaths,
  furthestStep: row.furthest_step,
  stopAsked: row.stop_asked === 1,
  ...(row.trainer_pid === null ? {} : { trainer: { pid: row.trainer_pid, birth: row.trainer_birth ?? '' } }),
});

export interface NewRun extends TrainParams {
  id: string;
  name: string;
  /** ISO 8601. */
  created: string;
}

/** Put a run into the table, at the end of the queue. */
export function insertRun(database: Database, run: NewRun): void {
  database.run(
    `INSERT INTO runs (id, name, state, file, text, overrides, backend_asked, device_asked, position, created)
     VALUES (?, ?, 'queued', ?, ?, ?, ?, ?, (SELECT coalesce(max(position), 0) + 1 FROM runs), ?)`,
    run.id,
    run.name,
    run.file,
    run.text,
    JSON.stringify(run.overrides),
    run.backend,
    run.device,
    run.created,
  );
}

/** Write what a user says of a run; what is absent stays. */
export function annotateRun(database: Database, id: string, { name, note, tags, starred }: Annotation): void {
  database.run(
    `UPDATE runs SET name = coalesce(?, name), note = coalesce(?, note), tags = coalesce(?, tags),
     starred = coalesce(?, starred) WHERE id = ?`,
    name ?? null,
    note ?? null,
    tags ? JSON.stringify(tags) : null,
    starred === undefined ? null : Number(starred),
    id,
  );
}

const ID_START = 'r-';

/**
 * An id for a new run: the time in milliseconds, base 36, so that ids sort as runs were made; one more than the newest
 * where the clock has gone back or two runs fall into one millisecond.
 */
export function newId(database: Database, wallTime: number): string {
  const newest = database.get<{ id: string }>('SELECT id FROM runs ORDER BY length(id) DESC, id DESC LIMIT 1');
  const newestTime = newest ? Number.parseInt(newest.id.slice(ID_START.length), 36) : 0;
  return ID_START + Math.max(Math.trunc(wallTime), newestTime + 1).toString(36);
}

/** The id of the run that a user means: an id, a name (the latest run of that name), or a unique prefix of an id. */
export function findRun(database: Database, text: string): string {
  const exact =
    database.get<{ id: string }>('SELECT id FROM runs WHERE id = ?', text) ??
    database.get<{ id: string }>('SELECT id FROM runs WHERE name = ? ORDER BY key DESC LIMIT 1', text);
  if (exact) return exact.id;
  if (!text.startsWith(ID_START)) throw noSuchRun(text);
  const candidates = database
    .all<{ id: string }>('SELECT id FROM runs WHERE substr(id, 1, ?) = ? ORDER BY key DESC LIMIT 6', text.length, text)
    .map(({ id }) => id);
  const [only] = candidates;
  if (only === undefined) throw noSuchRun(text);
  if (candidates.length > 1) throw ambiguousRun(text, candidates);
  return only;
}
