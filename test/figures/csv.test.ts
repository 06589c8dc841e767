import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { csvRow } from '../../server/figures/csv.ts';

describe('a row of CSV', () => {
  it('has no cell that a spreadsheet would run', () => {
    for (const formula of ['=cmd|x', '+1+2', '-2+3', '@SUM(A1)', '\tx'])
      assert.equal(csvRow([formula]), `'${formula}\r\n`);
    assert.equal(csvRow(['\r=1']), `"'\r=1"\r\n`);
    assert.equal(csvRow(['=1,2']), `"'=1,2"\r\n`);
  });

  it('leaves numbers, as values and as text, and other text as they are', () => {
    const numbers = [-1.5, Number.NEGATIVE_INFINITY, Number.NaN, 1e-300];
    assert.equal(csvRow(numbers), '-1.5,-Infinity,NaN,1e-300\r\n');
    assert.equal(csvRow(['-5', '+1e-3', 'a=b', '5-3', '']), '-5,+1e-3,a=b,5-3,\r\n');
  });
});
