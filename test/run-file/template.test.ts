import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRunFile } from '../../server/run-file/check.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { runFileTemplate } from '../../server/run-file/template.ts';

const place = { fileName: 'mine.rectiscope.yaml', folder: '/somewhere' };

describe('a new run file', () => {
  it('can be trained as it is', () => {
    const { config, mistakes } = readRunFile(runFileTemplate('mine'), place);
    assert.deepEqual(mistakes, []);
    assert.equal(config?.name, 'mine');
    assert.equal(config?.data?.source, 'fashion-mnist');
  });

  it('has no finding, so that a newcomer sees one that learns', () =>
    assert.deepEqual(checkRunFile(runFileTemplate('mine'), place).checked?.findings, []));

  it('takes any name', () => {
    for (const name of ['a b', "it's", 'say "hi"', '#1', '- x', '12', 'ü: y'])
      assert.equal(readRunFile(runFileTemplate(name), place).config?.name, name);
  });

  it('explains its lines', () => {
    const lines = runFileTemplate('mine')
      .split('\n')
      .filter((line) => line.trim() !== '');
    assert.ok(lines.filter((line) => line.includes('#')).length > lines.length / 3);
  });
});
