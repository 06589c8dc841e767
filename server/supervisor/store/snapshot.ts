/** Everything a view needs to draw a run, read from the store. */
import { PROBE_QUANTITIES } from '../../domain/probe/quantities.ts';
import type {
  CheckpointEvent,
  EvaluationEvent,
  FindingEvent,
  NoticeEvent,
  ProofEvent,
  StartedEvent,
} from '../../protocol/events.ts';
import { layOut } from '../../protocol/probe-table.ts';
import type { ProbeColumns, ProbeEnds, ProbeRow, RunSnapshot, StepColumns } from '../../protocol/requests.ts';
import { pack } from '../../protocol/scalar.ts';
import type { Database } from './database.ts';
import { numberOf, readSummary, scalarOf } from './runs.ts';

interface HeadRow {
  key: number;
  sequence: number;
  text: string;
  probe_layers: string | null;
}

/** Throws `noSuchRun`. */
export function readSnapshot(database: Database, id: string): RunSnapshot {
  const summary = readSummary(database, id);
  const sql = 'SELECT key, sequence, text, probe_layers FROM runs WHERE id = ?';
  const { key, sequence, text, probe_layers } = database.get<HeadRow>(sql, id) as HeadRow;
  const started = lastEvent<StartedEvent>(database, key, 'started');
  const checkpoint = checkpointOf(database, key);
  return {
    sequence,
    summary,
    text,
    ...(started ? { started } : {}),
    steps: stepColumns(database, key),
    probes: probeColumns(database, key, JSON.parse(probe_layers ?? '[]') as string[]),
    evaluations: evaluations(database, key, id),
    findings: findings(database, key),
    notices: database
      .all<{ step: number; message: string }>('SELECT step, message FROM notices WHERE run = ? ORDER BY sequence', key)
      .map(({ step, message }): NoticeEvent => ({ event: 'notice', run: id, step, message })),
    proofs: bodies<ProofEvent>(database, 'SELECT body FROM proofs WHERE run = ? ORDER BY sequence', key),
    ...(checkpoint && { checkpoint }),
  };
}

/** The first and the last probe of a run: two rows of its series. */
export function readProbeEnds(database: Database, id: string): ProbeEnds {
  const head = database.get<HeadRow>('SELECT key, text, probe_layers FROM runs WHERE id = ?', id) as HeadRow;
  const row = (order: 'ASC' | 'DESC') => database.get<StoredProbe>(`${PROBES_OF_RUN} ${order} LIMIT 1`, head.key);
  const [first, last] = [row('ASC'), row('DESC')];
  const { text, probe_layers } = head;
  return {
    text,
    layers: JSON.parse(probe_layers ?? '[]') as string[],
    quantities: PROBE_QUANTITIES,
    ...(first && last && { first: packed(first), last: packed(last) }),
  };
}

/** The last checkpoint of a run that there is: none of its series is read. */
export function readCheckpoint(database: Database, id: string): RunSnapshot['checkpoint'] {
  const { key } = database.get<{ key: number }>('SELECT key FROM runs WHERE id = ?', id) as { key: number };
  return checkpointOf(database, key);
}

function checkpointOf(database: Database, key: number): RunSnapshot['checkpoint'] {
  const event = lastEvent<CheckpointEvent>(database, key, 'checkpoint');
  return event && { step: event.step, file: event.file, weights_hash: event.weights_hash };
}

const bodies = <Event>(database: Database, sql: string, key: number): Event[] =>
  database.all<{ body: string }>(sql, key).map(({ body }) => JSON.parse(body) as Event);

const findings = (database: Database, key: number): FindingEvent[] =>
  database
    .all<{ body: string; recovered: number | null }>(
      'SELECT body, recovered FROM findings WHERE run = ? ORDER BY sequence',
      key,
    )
    .map(({ body, recovered }) => ({
      ...(JSON.parse(body) as FindingEvent),
      ...(recovered === null ? {} : { recovered }),
    }));

const lastEvent = <Event>(database: Database, key: number, event: 'started' | 'checkpoint'): Event | undefined =>
  bodies<Event>(
    database,
    `SELECT body FROM events WHERE run = ? AND event = '${event}' ORDER BY sequence DESC LIMIT 1`,
    key,
  )[0];

const count = (database: Database, table: 'steps' | 'probes', key: number): number =>
  database.get<{ n: number }>(`SELECT count(*) AS n FROM ${table} WHERE run = ?`, key)?.n ?? 0;

type StepRow = Record<keyof StepColumns, number | null>;

function stepColumns(database: Database, key: number): StepColumns {
  const length = count(database, 'steps', key);
  const column = () => new Float64Array(length);
  const [step, epoch, loss, top1, rate, time] = [column(), column(), column(), column(), column(), column()];
  let place = 0;
  database.each<StepRow>('SELECT * FROM steps WHERE run = ? ORDER BY step', [key], (row) => {
    step[place] = numberOf(row.step);
    epoch[place] = numberOf(row.epoch);
    loss[place] = numberOf(row.loss);
    top1[place] = numberOf(row.top1);
    rate[place] = numberOf(row.learning_rate);
    time[place] = numberOf(row.step_ms);
    place++;
  });
  return {
    step: pack(step),
    epoch: pack(epoch),
    loss: pack(loss),
    top1: pack(top1),
    learning_rate: pack(rate),
    step_ms: pack(time),
  };
}

interface StoredProbe {
  step: number;
  values: Uint8Array;
  /** JSON: the quantities that `values` was stored with. */
  names: string;
}

const PROBES_OF_RUN = `SELECT step, "values", names FROM probes JOIN probe_quantities ON probe_quantities.key = probes.quantities
  WHERE run = ? ORDER BY step`;

/** [layer][quantity], the quantities as in PROBE_QUANTITIES. */
function doubles({ values, names }: StoredProbe): Float64Array {
  // A copy: the bytes of a column need not begin at a multiple of eight.
  const stored = new Float64Array(values.slice().buffer);
  return layOut(stored, { from: JSON.parse(names) as string[], to: PROBE_QUANTITIES });
}

const packed = (row: StoredProbe): ProbeRow => ({ step: row.step, values: pack(doubles(row)) });

function probeColumns(database: Database, key: number, layers: string[]): ProbeColumns {
  const length = count(database, 'probes', key);
  const width = layers.length * PROBE_QUANTITIES.length;
  const step = new Float64Array(length);
  const values = new Float64Array(length * width);
  let place = 0;
  database.each<StoredProbe>(PROBES_OF_RUN, [key], (row) => {
    step[place] = row.step;
    values.set(doubles(row), place * width);
    place++;
  });
  return { layers, quantities: PROBE_QUANTITIES, step: pack(step), values: pack(values) };
}

interface EvaluationRow {
  step: number;
  epoch: number;
  loss: number | null;
  top1: number | null;
  top5: number | null;
  views: EvaluationEvent['views'];
  train_loss: number | null;
  train_top1: number | null;
  confusion: string | null;
  scales: string | null;
  class_errors: string | null;
  worst: string | null;
}

type JsonKey = 'confusion' | 'scales' | 'class_errors' | 'worst';

/** Those of the JSON columns that hold something. */
const parsed = (row: EvaluationRow): Pick<EvaluationEvent, JsonKey> =>
  Object.fromEntries(
    (['confusion', 'scales', 'class_errors', 'worst'] as const).flatMap((key) => {
      const text = row[key];
      return text === null ? [] : [[key, JSON.parse(text) as unknown]];
    }),
  );

const evaluations = (database: Database, key: number, run: string): EvaluationEvent[] =>
  database.all<EvaluationRow>('SELECT * FROM evaluations WHERE run = ? ORDER BY step', key).map((row) => ({
    event: 'evaluation',
    run,
    step: row.step,
    epoch: row.epoch,
    loss: scalarOf(row.loss),
    top1: numberOf(row.top1),
    top5: numberOf(row.top5),
    views: row.views,
    train_loss: scalarOf(row.train_loss),
    train_top1: numberOf(row.train_top1),
    ...parsed(row),
  }));
