/** One dialect: every function on the same values, written out by hand; and nobody else formats numbers. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  formatCount,
  formatDifference,
  formatDigits,
  formatEpoch,
  formatFixed,
  formatLoss,
  formatNumber,
  formatPercent,
  formatPower,
  formatRate,
  formatSpread,
  rounded,
  short,
} from '../../../server/domain/numbers/format.ts';

const root = join(import.meta.dirname, '../../..');

/** A value, then what each of COLUMNS makes of it. */
type Row = readonly [value: number, ...texts: readonly string[]];

const COLUMNS = { short, formatNumber, formatLoss, formatCount, formatPercent, formatRate, formatEpoch };

const TABLE: readonly Row[] = [
  [0, '0', '0', '0', '0', '0.0 %', '0', '0'],
  [-0, '0', '0', '0', '0', '0.0 %', '0', '0'],
  [2.3, '2.3', '2.3', '2.30', '2', '2.3 %', '2.3', '2.3'],
  [2.3456, '2.3', '2.35', '2.35', '2', '2.3 %', '2.35', '2.35'],
  [33.14, '33', '33.1', '33.1', '33', '33.1 %', '33.1', '33.1'],
  [999.96, '1,000', '1,000', '1,000', '1,000', '1,000.0 %', '1000', '1,000'],
  [12_345, '12,000', '12,300', '12,300', '12,345', '12,345.0 %', '12300', '12,345'],
  [123_456, '120,000', '123,000', '123,000', '123,456', '123,456.0 %', '123000', '123,456'],
  [999_600, '1e6', '1e6', '1e6', '999,600', '999,600.0 %', '1000000', '999,600'],
  [12_345_678, '1.2e7', '1.2e7', '1.2e7', '12,345,678', '12,345,678.0 %', '1.2e7', '12,345,678'],
  [0.0301, '0.03', '0.0301', '0.0301', '0', '0.0 %', '0.0301', '0.03'],
  [0.0005, '5e-4', '5e-4', '5e-4', '0', '0.0 %', '0.0005', '0.001'],
  [0.000_996, '0.001', '0.001', '0.001', '0', '0.0 %', '0.000996', '0.001'],
  [1.234e-5, '1.2e-5', '1.2e-5', '1.2e-5', '0', '0.0 %', '1.2e-5', '0'],
  [-1e-7, '−1e-7', '−1e-7', '−1e-7', '0', '0.0 %', '−1e-7', '0'],
  [-4.56, '−4.6', '−4.56', '−4.56', '−5', '−4.6 %', '−4.56', '−4.56'],
  [Number.NaN, 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', '–'],
  [Number.POSITIVE_INFINITY, '∞', '∞', '∞', '∞', '∞', '∞', '–'],
  [Number.NEGATIVE_INFINITY, '−∞', '−∞', '−∞', '−∞', '−∞', '−∞', '–'],
];

for (const [at, [name, write]] of Object.entries(COLUMNS).entries())
  test(`${name} writes every value in the one dialect`, () => {
    for (const [value, ...texts] of TABLE) assert.equal(write(value), texts[at], `${name} of ${value}`);
  });

test('what was not measured is a dash', () => assert.equal(formatPercent(undefined), '–'));

test('a column has as many decimals everywhere, and a difference its sign', () => {
  assert.deepEqual(
    [0, 2.25, -0.04, 1234.5, Number.NaN].map((value) => formatFixed(value, 1)),
    ['0.0', '2.3', '0.0', '1,234.5', 'NaN'],
  );
  assert.deepEqual(
    [0, 2.25, -0.04, -1234.5].map((value) => formatDifference(value, 1)),
    ['0.0', '+2.3', '0.0', '−1,234.5'],
  );
  assert.equal(formatSpread(2.306, 0.0412), '2.31 ± 0.04');
});

test('more digits set neighbours apart, beside an exponent too', () => {
  assert.deepEqual([formatDigits(1_234_500, 6), formatDigits(1_234_600, 6)], ['1.2345e6', '1.2346e6']);
  assert.deepEqual([rounded(123_456, 2), rounded(0.000_345, 1)], [120_000, 0.0003]);
});

test('labels of logarithmic axes are powers of ten, near one in full', () =>
  assert.deepEqual([1, 0.1, 1000, 1e-12, 1e4, 0.003].map(formatPower), ['1', '0.1', '1,000', '10⁻¹²', '10⁴', '0.003']));

test('a learning rate reads back as itself', () => {
  for (const rate of [1, 0.1, 0.0125, 5e-4, 1.2e-7]) assert.equal(Number(formatRate(rate)), rate);
});

/** Where a method that makes text of a number stands for good reason. */
const OTHERS: Readonly<Record<string, string>> = {
  'server/export/report/classes.ts': 'lengths in a stylesheet',
  'server/figures/heatmap-svg.ts': 'coordinates',
  'webview/panels/sparkline.tsx': 'coordinates',
  'extension/views/runs-tree.ts': 'a date, in the words of the user’s country',
  'extension/commands/pick-run.ts': 'a date, in the words of the user’s country',
};

test('no other file formats numbers', async () => {
  const found: string[] = [];
  for await (const file of glob(['{server,extension,webview,bench,scripts}/**/*.{ts,tsx}'], { cwd: root })) {
    if (file.startsWith('server/domain/numbers/')) continue;
    if (
      /\.toFixed\(|\.toPrecision\(|\.toExponential\(|\.toLocaleString\(|NumberFormat/.test(
        readFileSync(join(root, file), 'utf8'),
      )
    )
      found.push(file);
  }
  assert.deepEqual(found.toSorted(), Object.keys(OTHERS).toSorted());
});
