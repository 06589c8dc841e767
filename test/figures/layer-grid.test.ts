import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROBE_QUANTITIES } from '../../server/domain/probe/quantities.ts';
import { BROKEN_COLOR, type Rgb, viridis, ZERO_COLOR } from '../../server/figures/colors.ts';
import { heatmapImage } from '../../server/figures/heatmap-image.ts';
import { gridRange, LayerGrid } from '../../server/figures/layer-grid.ts';
import { type LayerQuantityId, layerQuantity } from '../../server/figures/quantities.ts';
import { type RunData, runDataFrom } from '../../server/figures/run-data.ts';
import { pack } from '../../server/protocol/scalar.ts';
import { record, snapshotOf } from '../webview/recording.ts';

/** A run with these gradient norms, [probe][layer], probed at these steps; weights have norm 1. */
function runWith(steps: readonly number[], gradients: readonly (readonly number[])[]): RunData {
  const snapshot = snapshotOf(record({ run: 'r', name: 'r', kind: 'learns', steps: 1, layers: 1 }), 2);
  const values = gradients
    .flat()
    .flatMap((gradient) =>
      PROBE_QUANTITIES.map((quantity) =>
        quantity === 'gradient_norm' ? gradient : quantity === 'slope_mean' ? Number.NaN : 1,
      ),
    );
  const layers = (gradients[0] ?? []).map((_, i) => `conv${i + 1}`);
  return runDataFrom({
    ...snapshot,
    probes: { layers, quantities: PROBE_QUANTITIES, step: pack(steps), values: pack(values) },
  });
}

function gridWith(id: LayerQuantityId, gradients: readonly (readonly number[])[]): LayerGrid {
  const data = runWith(
    gradients.map((_, i) => i + 1),
    gradients,
  );
  const grid = new LayerGrid(layerQuantity(id));
  grid.extend(data);
  return grid;
}

const pixel = ([red, green, blue]: Rgb): number => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;

test('the colour scale spans the magnitudes to the next half decade, whatever the first steps did', () => {
  const usual = Array.from({ length: 400 }, (_, i) => [1.1e-3 * 1.01 ** (i % 50), 2e-2]);
  const grid = gridWith('gradient_norm', [[1e9, 1e9], ...usual]);
  assert.deepEqual(gridRange([grid], grid.quantity), [-3, -1.5]);
  assert.deepEqual(gridRange([gridWith('gradient_norm', [[1e-3]])], grid.quantity), [-3, -2], 'at least a decade');
  assert.deepEqual(gridRange([], grid.quantity), [-4, 0]);
});

test('two runs share one scale; a fixed range stays', () => {
  const small = gridWith('gradient_norm', [[2e-8]]);
  const large = gridWith('gradient_norm', [[3e2]]);
  assert.deepEqual(gridRange([small, large], small.quantity), [-8, 2.5]);
  assert.deepEqual(gridRange([], layerQuantity('dead_fraction')), [0, 1]);
});

test('zero, NaN and infinity have colours of their own; the first layer is on top', () => {
  const grid = gridWith('gradient_norm', [
    [1e-4, 0, Number.NaN],
    [1, 1e-2, Number.POSITIVE_INFINITY],
  ]);
  const image = heatmapImage(grid, { x: Float64Array.of(1, 2), from: 1, to: 3, width: 2, range: [-4, 0] });
  assert.deepEqual(
    [...image],
    [
      ...[pixel(viridis(0)), pixel(viridis(1))],
      ...[pixel(ZERO_COLOR), pixel(viridis(128 / 255))],
      ...[pixel(BROKEN_COLOR), pixel(BROKEN_COLOR)],
    ],
  );
});

test('a quantity that a layer has not is drawn as nothing', () => {
  const grid = gridWith('slope_mean', [[1, 2]]);
  assert.deepEqual(
    [...heatmapImage(grid, { x: Float64Array.of(1), from: 0, to: 2, width: 2, range: [0, 1] })],
    [0, 0, 0, 0],
  );
});

test('a probe stands until the next one, the last for as long as the one before; before the first there is nothing', () => {
  const grid = gridWith('gradient_norm', [[1e-4], [1], [1e-4]]);
  const image = heatmapImage(grid, { x: Float64Array.of(2, 4, 6), from: 0, to: 10, width: 10, range: [-4, 0] });
  const dark = pixel(viridis(0));
  const bright = pixel(viridis(1));
  assert.deepEqual([...image], [0, 0, dark, dark, bright, bright, dark, dark, 0, 0]);
});

test('of a thousand probes in one pixel the spike is seen, a NaN before it, a zero before that', () => {
  const quiet = Array.from({ length: 1000 }, () => [1e-2, 1e-2, 1e-2]);
  quiet[321] = [1e-4, 0, 1e-2];
  quiet[654] = [1e-2, 1e-2, Number.NaN];
  const grid = gridWith('gradient_norm', quiet);
  const x = Float64Array.from({ length: 1000 }, (_, i) => i);
  const image = heatmapImage(grid, { x, from: 0, to: 1000, width: 1, range: [-4, 0] });
  assert.deepEqual([...image], [pixel(viridis(0)), pixel(ZERO_COLOR), pixel(BROKEN_COLOR)]);
});

test('a grid grows with its run to what a whole one is', () => {
  const gradients = Array.from({ length: 50 }, (_, i) => [10 ** -i, i % 7 === 0 ? 0 : 1]);
  const steps = gradients.map((_, i) => i + 1);
  const grown = new LayerGrid(layerQuantity('gradient_norm'));
  for (const end of [1, 2, 30, 50]) grown.extend(runWith(steps.slice(0, end), gradients.slice(0, end)));
  const whole = gridWith('gradient_norm', gradients);
  assert.deepEqual([...grown.values.subarray(0, 100)], [...whole.values.subarray(0, 100)]);
  assert.deepEqual(grown.histogram, whole.histogram);
  assert.equal(grown.zeros, 8 + 4, 'eight zeros, and four that are too small for single precision');
});
