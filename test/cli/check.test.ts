/** What `rectiscope check` prints for people and for scripts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const check = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/rectiscope.mjs', 'check', ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  assert.equal(stderr, '');
  return { status, lines: stdout.trimEnd().split('\n') };
};
const [large, stalls] = ['model-c-prelu', 'small-30-xavier'].map(
  (name) => `examples/paper/${name}.rectiscope.yaml`,
) as [string, string];

describe('rectiscope check', () => {
  it('of one file: a summary, and every layer in 80 columns', () => {
    const { status, lines } = check(large);
    assert.equal(status, 0);
    assert.match(lines[1] ?? '', /^22 weighted layers, 330,623,944 parameters, 5\.35e10 multiply-adds/);
    assert.match(lines[2] ?? '', /^least signal 1, least gradient 1 /);
    const layers = lines.filter((line) => /^(?:layer|conv\d+|dense\d+) /.test(line));
    assert.equal(layers.length, 1 + 22);
    for (const line of layers) assert.ok(line.length <= 80, line);
    assert.match(layers[1] ?? '', /^conv1 +112×112×96 +14,304 +1\.77e8 +0\.113 +1\.36 +0\.0331$/);
  });

  it('of several: no table unless requested, findings beneath their file', () => {
    const { status, lines } = check(large, stalls);
    assert.equal(status, 3);
    assert.ok(!lines.some((line) => line.startsWith('conv1 ')));
    const second = lines.indexOf(stalls);
    assert.match(lines[second + 3] ?? '', /small-30-xavier\.rectiscope\.yaml:\d+:\d+: error vanishing-gradient: /);
    assert.equal(check(large, stalls, '--layers').lines.filter((line) => line.startsWith('conv1 ')).length, 2);
  });

  it('prints a cause, its fix once, and its consequences beneath it; more on request', () => {
    const beneath = (lines: string[]) =>
      lines.slice(lines.findIndex((line) => /: error vanishing-gradient: /.test(line)) + 1);
    const { lines } = check(stalls);
    assert.match(beneath(lines)[0] ?? '', /^ {2}fix: .*init: he$/);
    assert.match(beneath(lines)[1] ?? '', /^ {2}follows: error vanishing-signal: The signal will vanish: /);
    assert.equal(beneath(lines).length, 2, 'nothing is said twice');
    assert.match(beneath(check(stalls, '--verbose').lines)[1] ?? '', /^ {2}more: A gradient that is a thousandth /);
  });

  it('checks the others if a file is missing, and has a line for it', () => {
    const { status, lines } = check('/nowhere/a.yaml', large, '--json');
    assert.equal(status, 2);
    const [absent, there] = lines.map((line) => JSON.parse(line));
    const finding = { rule: 'run-file', severity: 'error', line: 1, column: 1, message: 'there is no such file.' };
    assert.deepEqual(absent, { file: '/nowhere/a.yaml', findings: [finding] });
    assert.equal(there.weighted_layers, 22);
  });

  it('for scripts: one JSON line a file and nothing else', () => {
    const [first, second] = check(large, stalls, '--json').lines.map((line) => JSON.parse(line));
    assert.equal(first.file, large);
    assert.deepEqual([first.weighted_layers, first.layers.length, first.multiply_adds], [22, 22, 53_463_130_112]);
    assert.equal(second.findings[0].rule, 'vanishing-gradient');
  });
});
