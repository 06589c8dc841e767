/** The table of all numbers: exact, whole, and read by others. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PROBE_QUANTITIES } from '../../server/domain/probe/quantities.ts';
import { csvText } from '../../server/export/csv.ts';
import { unpack } from '../../server/protocol/scalar.ts';
import { withFolder } from '../support/idx.ts';
import { pythonWith } from '../support/python.ts';
import { got } from '../support/tensor.ts';
import { brokenRun, NASTY, queuedRun } from './exported-run.ts';

/** Fields of RFC 4180, read letter by letter. */
function parse(text: string): string[][] {
  const rows: string[][] = [[]];
  let field = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i] as string;
    if (quoted) {
      if (letter !== '"') field += letter;
      else if (text[i + 1] === '"') field += text[++i];
      else quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === ',' || letter === '\r') {
      rows.at(-1)?.push(field);
      field = '';
      if (letter === '\r') {
        assert.equal(text[++i], '\n', 'lines end with CR LF');
        rows.push([]);
      }
    } else field += letter;
  }
  assert.deepEqual(rows.pop(), [], 'the last line is ended');
  return rows;
}

const snapshot = brokenRun(NASTY);
const [head = [], ...rows] = parse(csvText(snapshot));
const field = (row: readonly string[], name: string) => got(row[head.indexOf(name)], name);
const select = (wanted: Record<string, string>) =>
  rows.filter((row) => Object.entries(wanted).every(([name, value]) => field(row, name) === value));
const values = (wanted: Record<string, string>) => select(wanted).map((row) => Number(field(row, 'value')));

describe('the CSV of a run', () => {
  it('is a rectangle, with the name as it is', () => {
    for (const row of rows) assert.equal(row.length, head.length);
    for (const row of rows) assert.equal(field(row, 'name'), NASTY);
  });

  it('has every number of every step to the bit, not-finite ones included', () => {
    const { loss, top1, learning_rate, step_ms } = snapshot.steps;
    for (const [quantity, packed] of Object.entries({ loss, top1, learning_rate, step_ms }))
      assert.deepEqual(values({ series: 'step', quantity }), [...unpack(packed)], quantity);
    assert.equal(select({ series: 'step', quantity: 'loss', value: 'NaN' }).length, 20);
  });

  it('has every probe of every layer, and no slope if there is none', () => {
    const all = unpack(snapshot.probes.values);
    const count = PROBE_QUANTITIES.length;
    snapshot.probes.layers.forEach((layer, j) => {
      PROBE_QUANTITIES.forEach((quantity, k) => {
        const expected = [...unpack(snapshot.probes.step)].map(
          (_, probe) => all[(probe * snapshot.probes.layers.length + j) * count + k],
        );
        const wanted = quantity === 'slope_mean' ? [] : expected;
        assert.deepEqual(values({ series: 'probe', layer, quantity }), wanted, `${layer} ${quantity}`);
      });
    });
  });

  it('has every evaluation, of both splits', () => {
    const { evaluations } = snapshot;
    assert.equal(evaluations.length, 2);
    const numbers = (split: string, quantity: string) => values({ series: 'evaluation', split, quantity });
    assert.deepEqual(
      numbers('val', 'top5'),
      evaluations.map(({ top5 }) => top5),
    );
    assert.deepEqual(
      numbers('val', 'top1'),
      evaluations.map(({ top1 }) => top1),
    );
    assert.deepEqual(
      numbers('val', 'loss'),
      evaluations.map(({ loss }) => loss),
    );
    assert.deepEqual(
      numbers('train', 'loss'),
      evaluations.map(({ train_loss }) => train_loss),
    );
    assert.deepEqual(
      numbers('train', 'top1'),
      evaluations.map(({ train_top1 }) => train_top1),
    );
  });

  it('has the errors of every class, counts of confusions and worst images, at every evaluation', () => {
    const names = Array.from({ length: 10 }, (_, k) => `kind ${k}`);
    const { started, evaluations } = snapshot;
    const told = { ...snapshot, started: { ...got(started, 'a start'), classes: names } };
    const [titles = [], ...all] = parse(csvText(told));
    const of = (series: string, step: number) =>
      all
        .map((row) => Object.fromEntries(titles.map((title, i) => [title, row[i] ?? ''])))
        .filter((row) => row['series'] === series && row['step'] === String(step));
    for (const { step, class_errors, confusion, worst } of evaluations) {
      const { examples, top1, top5 } = got(class_errors, 'errors by class');
      const wrong = of('class', step).map((row) => [row['class'], row['quantity'], Number(row['value'])]);
      assert.deepEqual(
        wrong,
        names.flatMap((name, k) => {
          const images = examples[k] ?? 0;
          return [
            [name, 'images', images],
            [name, 'top1', (100 * (top1[k] ?? 0)) / images],
            [name, 'top5', (100 * (top5[k] ?? 0)) / images],
          ];
        }),
      );
      const counted = names.map(() => names.map(() => 0));
      for (const row of of('confusion', step)) {
        const own = got(counted[names.indexOf(row['class'] ?? '')], 'a class');
        own[names.indexOf(row['predicted'] ?? '')] = Number(row['value']);
      }
      assert.deepEqual(counted, confusion);
      assert.deepEqual(
        of('worst', step).map((row) => [
          row['image'],
          row['class'],
          row['predicted'],
          row['quantity'],
          Number(row['value']),
        ]),
        got(worst, 'worst images').flatMap(({ image, label, predicted, score, label_score }) => [
          [image, names[label], names[predicted], 'score', score],
          [image, names[label], names[predicted], 'label_score', label_score],
        ]),
      );
    }
  });

  it('is a head alone of a run that waits', () => {
    assert.equal(parse(csvText(queuedRun())).length, 1);
  });

  const python = pythonWith('numpy', 'pandas');
  it('is read by pandas to the bit', { skip: python.skip }, () =>
    withFolder(async (folder) => {
      const file = join(folder, 'run.csv');
      writeFileSync(file, csvText(snapshot));
      const read = (await python.run('read_csv', file)) as Record<string, unknown>;
      assert.deepEqual(read['columns'], head);
      assert.equal(read['rows'], rows.length);
      // As text is read: pandas takes a line end inside quotes as it stands.
      assert.deepEqual(read['names'], [NASTY]);
      assert.equal(read['type'], 'float64');
      const bytes = Buffer.from(read['loss'] as string, 'hex');
      const loss = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      assert.deepEqual([...loss], [...unpack(snapshot.steps.loss)]);
      assert.deepEqual(read['step'], [...unpack(snapshot.steps.step)]);
    }),
  );
});
