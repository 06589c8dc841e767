/**
 * Every measured number of a run as one tidy table: one row per number, so that R, pandas and spreadsheets can group and
 * pivot it, and layers with and without slopes fit in one file.
 *
 * Columns: `run`, `name`; `series`: `step` (the batch of a training step), `evaluation`, `class` (errors of each class),
 * `confusion` (counts that are not zero), `worst` (images of the worst classes), or `probe`; `step`; `epoch` (as in the run's
 * own rows; of a probe that of its step); `split`: `batch`, `train` or `val`, empty for what belongs to none; `layer`: of a
 * probe; `quantity`; `value`; `class`; `predicted` (the class that was predicted instead); `image`.
 * Numbers are written so that reading them gives the same doubles. Those that are not finite are `NaN`, `Infinity` and
 * `-Infinity`, which R, pandas and Python read correctly. Lines end with CR LF, text is UTF-8 (RFC 4180).
 * A name that a spreadsheet would take for a formula gets a leading `'`.
 */
import { PROBE_QUANTITIES } from '../domain/probe/quantities.ts';
import { className } from '../figures/class-errors.ts';
import { csvRow } from '../figures/csv.ts';
import type { EvaluationEvent } from '../protocol/events.ts';
import { probesOf } from '../protocol/probe-table.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { fromScalar, unpack } from '../protocol/scalar.ts';
import { type Exporter, textBytes } from './exporter.ts';

// New columns are appended, so that readers by position keep working.
const HEAD = 'run name series step epoch split layer quantity value class predicted image'.split(' ');

interface Place {
  readonly series: 'step' | 'evaluation' | 'class' | 'confusion' | 'worst' | 'probe';
  readonly step: number;
  readonly epoch: number;
}

/** What a number describes; absent fields are empty. */
interface What {
  readonly split?: string;
  readonly layer?: string;
  readonly quantity: string;
  readonly class?: string;
  readonly predicted?: string;
  readonly image?: string;
}

type Add = (place: Place, what: What, value: number) => void;

/** An evaluation's results by class, counts of confusions and worst images, in the order of the labels. */
function addClasses({ step, epoch, ...evaluation }: EvaluationEvent, names: readonly string[], add: Add): void {
  const name = (label: number) => className(names, label);
  const { class_errors, confusion = [], worst = [] } = evaluation;
  class_errors?.examples.forEach((images, label) => {
    const error = (wrong: number | undefined) => (100 * (wrong ?? 0)) / images;
    const own = { split: 'val', class: name(label) };
    const place: Place = { series: 'class', step, epoch };
    add(place, { ...own, quantity: 'images' }, images);
    add(place, { ...own, quantity: 'top1' }, error(class_errors.top1[label]));
    add(place, { ...own, quantity: 'top5' }, error(class_errors.top5[label]));
  });
  confusion.forEach((row, label) => {
    row.forEach((count, predicted) => {
      const what = { split: 'val', class: name(label), predicted: name(predicted), quantity: 'images' };
      if (count > 0) add({ series: 'confusion', step, epoch }, what, count);
    });
  });
  for (const { image, label, predicted, score, label_score } of worst) {
    const own = { split: 'val', class: name(label), predicted: name(predicted), image };
    const place: Place = { series: 'worst', step, epoch };
    add(place, { ...own, quantity: 'score' }, score);
    add(place, { ...own, quantity: 'label_score' }, label_score);
  }
}

/** The text of the table; rows are in the order of their steps, series by series. */
export function csvText(snapshot: RunSnapshot): string {
  const { run, name } = snapshot.summary;
  const rows = [csvRow(HEAD)];
  const add: Add = ({ series, step, epoch }, { split = '', layer = '', quantity, ...what }, value) => {
    const { class: label = '', predicted = '', image = '' } = what;
    rows.push(csvRow([run, name, series, step, epoch, split, layer, quantity, value, label, predicted, image]));
  };
  const at = (values: Float64Array, i: number) => values[i] ?? Number.NaN;

  const step = unpack(snapshot.steps.step);
  const epoch = unpack(snapshot.steps.epoch);
  const [loss, top1, rate, ms] = [
    unpack(snapshot.steps.loss),
    unpack(snapshot.steps.top1),
    unpack(snapshot.steps.learning_rate),
    unpack(snapshot.steps.step_ms),
  ] as const;
  const epochs = new Map<number, number>();
  step.forEach((number, i) => {
    const place: Place = { series: 'step', step: number, epoch: at(epoch, i) };
    epochs.set(number, place.epoch);
    add(place, { split: 'batch', quantity: 'loss' }, at(loss, i));
    add(place, { split: 'batch', quantity: 'top1' }, at(top1, i));
    add(place, { quantity: 'learning_rate' }, at(rate, i));
    add(place, { quantity: 'step_ms' }, at(ms, i));
  });

  for (const evaluation of snapshot.evaluations) {
    const place: Place = { series: 'evaluation', step: evaluation.step, epoch: evaluation.epoch };
    add(place, { split: 'val', quantity: 'loss' }, fromScalar(evaluation.loss));
    add(place, { split: 'val', quantity: 'top1' }, evaluation.top1);
    add(place, { split: 'val', quantity: 'top5' }, evaluation.top5);
    add(place, { split: 'train', quantity: 'loss' }, fromScalar(evaluation.train_loss));
    // Evaluations of an older store have none.
    if (evaluation.train_top1 !== undefined) add(place, { split: 'train', quantity: 'top1' }, evaluation.train_top1);
  }
  for (const evaluation of snapshot.evaluations) addClasses(evaluation, snapshot.started?.classes ?? [], add);

  for (const { step, layers } of probesOf(snapshot.probes)) {
    const place: Place = { series: 'probe', step, epoch: epochs.get(step) ?? Number.NaN };
    for (const layer of layers)
      for (const quantity of PROBE_QUANTITIES) {
        const value = layer[quantity];
        if (value !== undefined) add(place, { layer: layer.name, quantity }, fromScalar(value));
      }
  }
  return rows.join('');
}

export const csv: Exporter = {
  plan: async (snapshot) => ({ files: [{ path: '', make: () => textBytes(csvText(snapshot)) }] }),
};
