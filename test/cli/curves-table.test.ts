/** What `compare` prints of curves: a row a step, and the difference of two. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { curvesText } from '../../server/cli/curves-table.ts';
import { commonCurves } from '../../server/tasks/compare-curves.ts';
import { fallingRun, longRun, shortRun } from '../support/falling-runs.ts';

describe('the table of curves', () => {
  it('has the difference of two runs', () => {
    const lines = curvesText(commonCurves([longRun, shortRun]), ['long', 'short']).split('\n');
    assert.match(lines[0] ?? '', /long +short +difference$/);
    assert.match(lines.find((line) => line.startsWith('top-1 error, step 40')) ?? '', /50\.0 % +45\.0 % +−5\.0 %$/);
    assert.match(lines.find((line) => line.startsWith('top-1 error, step 80')) ?? '', /40\.0 % +44\.0 % +\+4\.0 %$/);
    assert.match(lines.find((line) => line.startsWith('loss, mean of 10, step 10')) ?? '', /2\.9\d +1\.9\d +−1\.00$/);
  });

  it('is empty if one has not trained; of three there is no difference', () => {
    const none = fallingRun(0, { from: 1, top1: [] });
    assert.equal(curvesText(commonCurves([longRun, none]), ['long', 'none']), '');
    assert.ok(!curvesText(commonCurves([longRun, shortRun, shortRun]), ['a', 'b', 'c']).includes('difference'));
  });
});
