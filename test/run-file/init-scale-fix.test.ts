/** Where a factor shared by all layers is the cause, it is named, and taking it away is the fix. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRunFile } from '../../server/run-file/check.ts';
import { applyEdits } from '../../server/run-file/edit.ts';

const text = (init: string) => `version: 1
network:
  input: [14, 14, 1]
  init: ${init}
  init_scale: 0.6
  layers:
    - conv: {filters: 8, kernel: 3, repeat: 20}
    - dense: {units: 10}
`;
const check = (source: string) => checkRunFile(source, { fileName: 'a.rectiscope.yaml', folder: '/' });

for (const [init, line, left] of [
  ['he', 5, 'init: he'],
  ['xavier', 4, 'init: he'],
] as const)
  test(`init_scale beside ${init}`, () => {
    const { checked, runFile } = check(text(init));
    const finding = checked?.findings.find(({ rule }) => rule === 'vanishing-gradient');
    assert.ok(finding?.fix);
    assert.equal(finding.line, line);
    assert.ok(finding.message.includes(`${init}, init_scale: 0.6`));
    const fixed = applyEdits(runFile.positions, finding.fix.edits);
    assert.ok(!fixed.includes('init_scale') && fixed.includes(left), fixed);
    assert.deepEqual(check(fixed).checked?.findings, []);
  });
