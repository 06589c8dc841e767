import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LEAST_GRADIENT_PER_WEIGHT } from '../../server/domain/numbers/gradient-per-weight.ts';
import { gridOf, layerSeries, smoothedOf } from '../../server/figures/derived.ts';
import { LAYER_QUANTITIES, layerQuantity } from '../../server/figures/quantities.ts';
import { applyEvent, convert, type RunData, runDataFrom } from '../../server/figures/run-data.ts';
import type { RunEvent } from '../../server/protocol/events.ts';
import { layOut } from '../../server/protocol/probe-table.ts';
import { pack, unpack } from '../../server/protocol/scalar.ts';
import { record, snapshotOf } from '../webview/recording.ts';

const recording = record({ run: 'r-1', name: 'xavier-30', kind: 'stalls', steps: 500, stepsPerEpoch: 100 });
const all = recording.events.length;

/** Everything that is drawn, as plain numbers. */
function drawn(data: RunData): unknown {
  const plain = (table: object): unknown[] =>
    Object.entries(table).map(([name, column]) => [name, 'view' in column ? [...column.view()] : column]);
  return [plain(data.steps), plain(data.evaluations), plain(data.probes), data.findings, data.tests, data.started];
}

test('a snapshot half way and the rest as events give what a late snapshot gives', () => {
  const late = runDataFrom(snapshotOf(recording, all));
  for (const half of [1, 2, 3, 250, all - 1]) {
    const data = runDataFrom(snapshotOf(recording, half));
    for (const event of recording.events.slice(half)) applyEvent(data, event);
    assert.deepEqual(drawn(data), drawn(late));
  }
});

test('a run that continues from a checkpoint loses the steps that were rolled back, and has none twice', () => {
  const data = runDataFrom(snapshotOf(recording, all));
  const quantity = layerQuantity('gradient_per_weight');
  const before = gridOf(data, quantity).probes;
  const again = { ...(data.started as RunEvent), first_step: 301 } as RunEvent;
  applyEvent(data, again);
  assert.equal(data.steps.step.last, 300);
  assert.equal(data.evaluations.step.last, 300);
  assert.equal(data.probes.step.last, 300);
  assert.ok(gridOf(data, quantity).probes < before);
  for (const event of recording.events) if ('step' in event && event.step > 300) applyEvent(data, event);
  const { started: _, ...withoutStart } = runDataFrom(snapshotOf(recording, all));
  assert.deepEqual(drawn({ ...data, started: undefined }), drawn({ ...withoutStart, started: undefined }));
  const { step, loss } = data.steps;
  const curve = { data, name: 'loss', step: step.view(), value: loss.view() };
  assert.equal(smoothedOf(curve, 20).length, 500);
});

test('gradient per weight of a layer is its gradient norm over its weight norm, under the limit in a stalled run', () => {
  const data = runDataFrom(snapshotOf(recording, all));
  const ratio = layerSeries(data, layerQuantity('gradient_per_weight'), 'conv5');
  const gradient = layerSeries(data, layerQuantity('gradient_norm'), 'conv5');
  const weight = layerSeries(data, layerQuantity('weight_norm'), 'conv5');
  assert.equal(ratio.length, data.probes.step.length);
  ratio.forEach((value, i) => {
    assert.equal(value, (gradient[i] as number) / (weight[i] as number));
    assert.ok(value < LEAST_GRADIENT_PER_WEIGHT);
  });
  assert.equal(layerSeries(data, layerQuantity('gradient_norm'), 'no such layer').length, 0);
});

test('places convert between the x axes, past the end in proportion', () => {
  const data = runDataFrom(snapshotOf(recording, all));
  assert.ok(Math.abs(convert(data, 250, { from: 'step', to: 'epoch' }) - 2.5) < 1e-9);
  const seconds = convert(data, 5, { from: 'epoch', to: 'seconds' });
  assert.ok(Math.abs(seconds - data.steps.seconds.last) < 1e-9);
  assert.ok(Math.abs(convert(data, 2 * seconds, { from: 'seconds', to: 'step' }) - 1000) < 1e-6);
});

test('a snapshot whose columns do not fit each other is refused', () => {
  const snapshot = snapshotOf(recording, all);
  const broken = { ...snapshot, probes: { ...snapshot.probes, layers: snapshot.probes.layers.slice(1) } };
  assert.throws(() => runDataFrom(broken), /incomplete/);
  const short = { ...snapshot, steps: { ...snapshot.steps, loss: '' } };
  assert.throws(() => runDataFrom(short), /too short/);
});

test('a server of another version may have other quantities, in another order', () => {
  const ours = snapshotOf(recording, 400);
  const { quantities: from, values } = ours.probes;
  const quantities = ['of a later version', ...from.filter((name) => name !== 'slope_mean')].reverse();
  const laid = pack(layOut(unpack(values), { from, to: quantities }));
  const theirs = runDataFrom({ ...ours, probes: { ...ours.probes, quantities, values: laid } });
  const data = runDataFrom(ours);
  for (const event of recording.events.slice(400)) for (const each of [theirs, data]) applyEvent(each, event);
  for (const quantity of LAYER_QUANTITIES)
    assert.deepEqual(layerSeries(theirs, quantity, 'conv5'), layerSeries(data, quantity, 'conv5'), quantity.id);
  assert.ok(data.probes.step.length > 10);
});
