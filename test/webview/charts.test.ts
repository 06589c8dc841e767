/** Models of charts, and what is made of them: points, axes, tables, files, keys. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatNumber } from '../../server/domain/numbers/format.ts';
import { chartCsv, layersCsv } from '../../server/figures/chart-csv.ts';
import type { ChartModel, Curve } from '../../server/figures/chart-model.ts';
import { chartSvg } from '../../server/figures/chart-svg.ts';
import { runLook } from '../../server/figures/colors.ts';
import { curveChart } from '../../server/figures/curves.ts';
import type { DrawnRun } from '../../server/figures/drawn-run.ts';
import { heatmapSvg } from '../../server/figures/heatmap-svg.ts';
import { layerSeriesChart, profileChart } from '../../server/figures/layer-charts.ts';
import { pointsOf, yAxisOf } from '../../server/figures/points.ts';
import { layerQuantity } from '../../server/figures/quantities.ts';
import { runDataFrom } from '../../server/figures/run-data.ts';
import { formatX, linearTicks, logTicks, tickLabels, xTicks } from '../../server/figures/ticks.ts';
import { chartKey } from '../../webview/charts/chart-keys.ts';
import { chartTable, spread } from '../../webview/charts/table.ts';
import { clampZoom, zoomAround } from '../../webview/charts/zoom.ts';
import { DEFAULT_VIEW } from '../../webview/view-state.ts';
import { type Recording, record, snapshotOf } from './recording.ts';

const drawnRun = (recording: Recording, slot: number): DrawnRun => {
  const snapshot = snapshotOf(recording, recording.events.length);
  const { run, name } = snapshot.summary;
  return { run, name, look: runLook(slot, 'light'), data: runDataFrom(snapshot) };
};
const options = { steps: 300, stepsPerEpoch: 100, layers: 4 };
const he = drawnRun(record({ run: 'r-he', name: 'he', kind: 'learns', ...options }), 0);
const broken = drawnRun(record({ run: 'r-nan', name: 'a, "b"', kind: 'learns', brokenFrom: 151, ...options }), 1);
const find = (model: ChartModel, id: string): Curve => {
  const curve = model.curves.find((one) => one.id === id);
  assert.ok(curve !== undefined, `${id} of ${model.curves.map((one) => one.id).join()}`);
  return curve;
};

test('validation is drawn out with markers, batches are dashed, the training set dotted; one colour a run', () => {
  const model = curveChart('loss', [he, broken], DEFAULT_VIEW);
  assert.deepEqual(find(model, 'r-he validation').dash, []);
  assert.equal(find(model, 'r-he validation').marker, 'circle');
  assert.deepEqual(find(model, 'r-he batch').dash, [5, 3]);
  assert.deepEqual(find(model, 'r-he train').dash, [1.5, 3]);
  for (const curve of model.curves) assert.equal(curve.color, (curve.run === 'r-he' ? he : broken).look.color);
  assert.equal(model.yTitle, 'loss, nats');
  assert.equal(curveChart('top1', [he], DEFAULT_VIEW).yTitle, 'top-1 error, %');
});

test('with smoothing the measured batches stay behind; without it they are all there is', () => {
  const smooth = curveChart('loss', [he], DEFAULT_VIEW);
  assert.equal(find(smooth, 'r-he batch raw').behind, true);
  assert.deepEqual([...find(smooth, 'r-he batch raw').y], [...he.data.steps.loss.view()]);
  const off = curveChart('loss', [he], { ...DEFAULT_VIEW, smoothing: 0 });
  assert.deepEqual(
    off.curves.map((curve) => curve.id),
    ['r-he validation', 'r-he train', 'r-he batch'],
  );
  assert.deepEqual([...find(off, 'r-he batch').y], [...he.data.steps.loss.view()]);
});

test('a NaN is marked with its step, on every x axis, and breaks the line', () => {
  for (const x of ['step', 'epoch', 'seconds'] as const) {
    const model = curveChart('loss', [he, broken], { ...DEFAULT_VIEW, x });
    assert.deepEqual(
      model.marks.map(({ label, x: at }) => [label, at]),
      [['NaN at step 151', broken.data.steps[x].at(150)]],
    );
    const points = pointsOf(find(model, 'r-nan batch'), model.extent, { buckets: 1000, positive: false });
    assert.ok(Number.isNaN(points.at(-1)?.y) && Number.isFinite(points[149]?.y));
  }
});

test('a loss that blows up does not flatten what came before, and the axis shows what it leaves out', () => {
  const model = curveChart('loss', [he], { ...DEFAULT_VIEW, smoothing: 0 });
  const points = pointsOf(find(model, 'r-he batch'), model.extent, { buckets: 1000, positive: false });
  const usual = yAxisOf([points], model.extent, model);
  assert.equal(usual.above, undefined);
  const blown = yAxisOf([[...points, { x: 2.9, y: 1e30 }]], model.extent, model);
  assert.equal(blown.above, 1e30);
  assert.ok(blown.high < 2 * usual.high && blown.low <= usual.low);
});

test('the profile has the first, a chosen and the latest probe of every run, and the limit', () => {
  const quantity = layerQuantity('gradient_per_weight');
  const model = profileChart([he], { quantity, step: 152, selected: 'conv2', foreground: '#000000' });
  assert.deepEqual(
    model.curves.map((curve) => curve.label),
    ['he, step 1', 'he, step 150', 'he, step 300'],
  );
  assert.deepEqual([...(model.curves[0]?.x ?? [])], [1, 2, 3, 4]);
  assert.equal(model.threshold?.value, 3e-3);
  assert.deepEqual(
    model.marks.map((mark) => [mark.x, mark.label]),
    [[2, 'conv2']],
  );
  assert.equal(model.formatX(4), 'dense1');
  assert.deepEqual(model.xTicks(0.5, 4.5, 10), [1, 2, 3, 4]);
});

test('a layer’s zero is marked, as a logarithmic axis can’t show it, and smoothing does not smear it', () => {
  const stalled = drawnRun(
    record({ run: 'r-xa', name: 'x', kind: 'stalls', steps: 1200, layers: 4, stepsPerEpoch: 100 }),
    0,
  );
  const model = layerSeriesChart([stalled], {
    quantity: layerQuantity('gradient_norm'),
    layer: 'conv1',
    view: DEFAULT_VIEW,
  });
  assert.deepEqual(
    model.marks.map((mark) => mark.label),
    ['0 at step 910'],
  );
  assert.equal(find(model, 'r-xa').y.at(-1), 0);
  assert.equal(
    layerSeriesChart([stalled], { quantity: layerQuantity('gradient_norm'), layer: 'conv9', view: DEFAULT_VIEW }).curves
      .length,
    0,
  );
});

test('ticks are round, inside the axis, and few enough', () => {
  assert.deepEqual(linearTicks(0, 10, 5), [0, 2, 4, 6, 8, 10]);
  assert.deepEqual(linearTicks(0.28, 0.62, 4), [0.3, 0.4, 0.5, 0.6]);
  assert.deepEqual(logTicks(2e-6, 3, 10), [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1]);
  assert.deepEqual(logTicks(1e-30, 1, 6), [1e-30, 1e-25, 1e-20, 1e-15, 1e-10, 1e-5, 1]);
  assert.deepEqual(logTicks(0.9, 60, 8), [1, 2, 5, 10, 20, 50]);
  assert.deepEqual(logTicks(0, 1, 8), []);
  assert.deepEqual(
    xTicks('seconds', 0, 400, 6).map((tick) => formatX('seconds', tick)),
    ['0', '2 min', '4 min', '6 min'],
  );
});

test('labels of neighbouring ticks differ, with no more digits than that takes', () => {
  assert.deepEqual(tickLabels([2.295, 2.3, 2.305, 2.31], formatNumber), ['2.295', '2.3', '2.305', '2.31']);
  assert.deepEqual(tickLabels([0, 0.5, 1], formatNumber), ['0', '0.5', '1']);
  assert.deepEqual(tickLabels([123450, 123460], formatNumber), ['123,450', '123,460']);
});

test('the zoom stays inside the whole and is none once it is the whole', () => {
  const whole = { from: 0, to: 100 };
  assert.deepEqual(zoomAround(whole, 20, { factor: 0.5, whole }), { from: 10, to: 60 });
  assert.equal(zoomAround({ from: 10, to: 60 }, 20, { factor: 4, whole }), null);
  assert.deepEqual(clampZoom({ from: -20, to: 30 }, whole), { from: 0, to: 50 });
  assert.deepEqual(clampZoom({ from: 80, to: 130 }, whole), { from: 50, to: 100 });
});

test('keys walk to the next point, leap with Shift, zoom and reset', () => {
  const model = curveChart('loss', [he], { ...DEFAULT_VIEW, x: 'step' });
  const at = { model, range: model.extent, cursor: 100 };
  assert.deepEqual(chartKey({ key: 'ArrowRight', shiftKey: false }, at), { cursor: 103 });
  assert.deepEqual(chartKey({ key: 'ArrowRight', shiftKey: false }, { ...at, range: { from: 90, to: 120 } }), {
    cursor: 101,
  });
  assert.deepEqual(chartKey({ key: 'ArrowLeft', shiftKey: true }, at), { cursor: 70 });
  assert.deepEqual(chartKey({ key: 'End', shiftKey: false }, at), { cursor: 300 });
  assert.deepEqual(chartKey({ key: '0', shiftKey: false }, at), { zoom: null });
  assert.equal(chartKey({ key: 'Tab', shiftKey: false }, at), undefined);
});

test('a table has a row an evaluation, and says that the CSV has more', () => {
  const model = curveChart('loss', [he], DEFAULT_VIEW);
  const table = chartTable(model, model.extent);
  assert.deepEqual(table.head, [
    'epoch',
    'he, validation',
    'he, training set in test mode',
    'he, training batch, smoothed',
  ]);
  assert.deepEqual(
    table.rows.map((row) => row[0]),
    ['1', '2', '3'],
  );
  assert.match(table.note ?? '', /CSV/);
  assert.deepEqual(spread([...Array(11).keys()], 3), [0, 5, 10]);
});

test('CSV has every point in full, not-finite ones included, and quotes what must be quoted', () => {
  const csv = chartCsv(curveChart('loss', [broken], DEFAULT_VIEW));
  const rows = csv.trim().split('\r\n');
  assert.equal(rows.length, 1 + 3 + 3 + 300 + 300);
  assert.ok(rows.includes(`"a, ""b"", training batch, measured",r-nan,150,1.5,${broken.data.steps.loss.at(149)}`));
  assert.ok(rows.includes('"a, ""b"", training batch, measured",r-nan,151,1.51,NaN'));
  const layers = layersCsv([he], 'gradient_norm').trim().split('\r\n');
  assert.equal(
    layers[0],
    'run,name,step,epoch,conv1 gradient_norm,conv2 gradient_norm,conv3 gradient_norm,dense1 gradient_norm',
  );
  assert.equal(layers.length, 1 + he.data.probes.step.length);
});

test('SVG shows the curves, the mark and the limit, with every name escaped', () => {
  const svg = chartSvg(curveChart('loss', [he, broken], DEFAULT_VIEW), {
    title: 'Loss <of> & "all"',
    range: { from: 0, to: 3 },
  });
  assert.equal(svg.match(/<path /g)?.length, 8);
  assert.ok(svg.includes('NaN at step 151') && svg.includes('Loss &lt;of&gt; &amp; &quot;all&quot;'));
  assert.doesNotMatch(svg, /NaN(?! at step)|Infinity|undefined/);
  const quantity = layerQuantity('gradient_per_weight');
  const profile = chartSvg(profileChart([he], { quantity, step: null, selected: null, foreground: '#000' }), {
    title: 'x',
    range: { from: 0.5, to: 4.5 },
  });
  assert.ok(profile.includes('vanishing-gradient'));
  const picture = heatmapSvg([he, broken], { quantity, x: 'epoch', range: { from: 0, to: 3 } });
  assert.ok((picture.match(/<rect /g)?.length ?? 0) > 200 && picture.includes('a, &quot;b&quot;'));
  assert.doesNotMatch(picture, /NaN|Infinity|undefined/);
});
