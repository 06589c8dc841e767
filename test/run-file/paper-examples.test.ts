/** The run files of `examples/paper`: each is read without a mistake and has the cost and the verdict that the paper has. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { checkRunFile } from '../../server/run-file/check.ts';

const folder = new URL('../../examples/paper/', import.meta.url);
const check = (name: string) => {
  const text = readFileSync(new URL(`${name}.rectiscope.yaml`, folder), 'utf8');
  const { runFile, checked } = checkRunFile(text, { fileName: name, folder: '/runs' });
  assert.deepEqual(runFile.mistakes, [], name);
  assert.ok(checked);
  return checked;
};
const names = readdirSync(folder).map((file) => file.replace('.rectiscope.yaml', ''));
const rules = (name: string) => check(name).findings.map(({ rule }) => rule);

describe('the examples of the paper', () => {
  for (const name of names) it(`${name} is read`, () => assert.ok(check(name).propagation.layers.length >= 13));

  it('have the multiply-adds of Table 3', () => {
    const printed = { 'vgg-19': 1.96e10, 'model-a-prelu': 1.9e10, 'model-b-prelu': 2.32e10, 'model-c-prelu': 5.3e10 };
    for (const [name, multiplyAdds] of Object.entries(printed))
      assert.ok(Math.abs(check(name).multiplyAdds / multiplyAdds - 1) < 0.02, name);
  });

  it('have thirteen parameters more with one slope a layer', () =>
    assert.equal(check('small-14-prelu-shared').parameters - check('small-14-relu').parameters, 13));

  it('find the stall of Figure 3, and none for networks that converge in the paper', () => {
    assert.ok(rules('small-30-xavier').includes('vanishing-gradient'));
    for (const name of ['small-30-he', 'model-b-he', 'small-14-relu'])
      assert.ok(!rules(name).includes('vanishing-gradient'), name);
  });

  it('show 1/1.7×10⁴ between conv10 and conv2 of the VGG team’s model B', () => {
    const gradient = (name: string) => {
      const { layers } = check(name).propagation;
      const of = (layer: string) => layers.find((each) => each.name === layer)?.backwardStd ?? Number.NaN;
      return of('conv1') / of('conv10');
    };
    // The paper multiplies standard deviations rounded to two digits: 4 % of room.
    const lost = gradient('vgg-b-he') / gradient('vgg-b-gaussian');
    assert.ok(Math.abs(lost / 1.7e4 - 1) < 0.04, `${lost}`);
  });
});
