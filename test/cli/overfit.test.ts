/** `rectiscope overfit` from outside: a network that learns two batches, some that can't, and nothing that is kept. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writeSplit } from '../support/idx.ts';
import { writeData } from '../support/tiny-run.ts';

const program = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rectiscope-overfit-'));
const home = join(folder, 'home');

interface RunFile {
  readonly source?: string;
  readonly init?: string;
  readonly repeat?: number;
  readonly dropout?: number;
  readonly rate?: number;
  readonly batch?: number;
}

const runFile = ({ source = 'data', init = 'he', repeat = 2, dropout = 0, rate = 0.05, batch = 16 }: RunFile) =>
  `version: 1
seed: 3
data: {source: ${source}}
network:
  input: [6, 6, 1]
  init: ${init}
  layers:
    - conv: {filters: 8, kernel: 3, repeat: ${repeat}}
    - dense: {units: 16, dropout: ${dropout}}
    - dense: {units: 3}
train: {batch_size: ${batch}, steps: 60, learning_rate: ${rate}, momentum: 0.9}
`;

async function overfit(name: string, content: string | undefined, ...options: string[]) {
  const file = `${name}.rectiscope.yaml`;
  if (content !== undefined && !options.includes('--stdin')) writeFileSync(join(folder, file), content);
  const env = { ...process.env, RECTISCOPE_HOME: home };
  const child = spawn(process.execPath, [program, 'overfit', file, '--backend', 'onnx', ...options], {
    cwd: folder,
    env,
    stdio: 'pipe',
  });
  // Where it refuses at once, it closes its input early.
  child.stdin.on('error', () => undefined);
  child.stdin.end(content);
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, stdout, stderr, line: () => JSON.parse(stdout) };
}

before(() => writeData(folder));
after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

describe('rectiscope overfit', () => {
  it('says that optimisation works, though dropout would keep the images from being learnt', async () => {
    const { code, stderr, line } = await overfit('learns', runFile({ dropout: 0.9 }), '--json');
    assert.equal(code, 0, stderr);
    const { verdict, steps, loss, guessing, ...rest } = line();
    assert.deepEqual(rest, {
      event: 'overfit',
      file: 'learns.rectiscope.yaml',
      learns: true,
      rate: 0.05,
      examples: 32,
      right: 32,
      findings: [],
    });
    // 11, 11 and 10 examples of the three classes.
    assert.ok(Math.abs(guessing - (22 / 32) * Math.log(32 / 11) - (10 / 32) * Math.log(3.2)) < 1e-9, String(guessing));
    assert.ok(loss < 0.1 * guessing && steps >= 2 && steps <= 800);
    assert.match(verdict, new RegExp(`^Learns two batches by heart in ${steps} steps`));
    assert.ok(
      !existsSync(home) && readdirSync(folder).toSorted().join() === 'data,learns.rectiscope.yaml',
      'nothing kept',
    );
    const again = await overfit('learns', undefined, '--json');
    assert.deepEqual(again.line(), line(), 'the seed decides');
  });

  it('says that a network can’t, with the numbers and what check finds', async () => {
    const own = runFile({ init: '{gaussian: 0.001}', repeat: 8 });
    const { code, line } = await overfit('stuck', own, '--json');
    assert.equal(code, 3);
    const { learns, verdict, findings } = line();
    assert.equal(learns, false);
    assert.match(verdict, /^Cannot learn two batches \(loss 1\.10 after \d+ steps, guessing gives 1\.10, /);
    assert.deepEqual([findings[0].rule, findings[0].line], ['vanishing-gradient', 6]);
    const { code: same, stdout } = await overfit('stuck', undefined);
    assert.equal(same, 3);
    assert.match(stdout, /^Cannot learn two batches .*\nstuck\.rectiscope\.yaml:6:\d+: vanishing-gradient: /);
  });

  it('says that the loss is not finite', async () => {
    const { code, line } = await overfit('diverges', runFile({ init: '{gaussian: 5}', rate: 10 }), '--json');
    assert.equal(code, 3);
    const { learns, loss, verdict } = line();
    assert.deepEqual([learns, typeof loss], [false, 'string']);
    assert.match(verdict, /^Cannot learn two batches: the loss is not finite after \d+ steps/);
  });

  it('takes an editor’s text as if it stood in the file', async () => {
    const { code, line } = await overfit('unsaved', runFile({}), '--stdin', '--json');
    assert.deepEqual([code, line().learns], [0, true]);
  });

  it('refuses no batch that is larger than half of the images: some are in both', async () => {
    const { code, line } = await overfit('large', runFile({ batch: 32 }), '--json');
    assert.deepEqual([code, line().examples], [0, 64]);
  });

  it('names identical images with different labels, and data of one class', async () => {
    const images = Array.from({ length: 20 * 36 }, (_, i) => (i < 10 * 36 ? i % 36 : (7 * i) % 256));
    const labels = Array.from({ length: 20 }, (_, i) => i % 2);
    mkdirSync(join(folder, 'copies'));
    for (const name of ['train', 't10k'] as const)
      writeSplit(join(folder, 'copies'), name, { shape: [20, 6, 6], images, labels });
    const copies = await overfit('copies', runFile({ source: 'copies', batch: 8 }), '--json');
    assert.equal(copies.code, 3);
    const { learns, rate, steps, loss, verdict } = copies.line();
    assert.deepEqual([learns, rate, steps, loss], [null, null, 0, null]);
    assert.match(verdict, /pairs? of identical images have different labels \(train \d is “[01]”, train \d is “[01]”/);

    mkdirSync(join(folder, 'one'));
    for (const name of ['train', 't10k'] as const)
      writeSplit(join(folder, 'one'), name, { shape: [20, 6, 6], images, labels: Array(20).fill(1) });
    const one = await overfit('one', runFile({ source: 'one', batch: 8 }), '--json');
    assert.deepEqual([one.code, one.line().learns], [3, null]);
    assert.match(one.line().verdict, /^There is nothing to learn: all training images are of one class/);
  });

  it('refuses mistakes, missing data and missing files, each with what is wrong', async () => {
    const bad = await overfit('bad', runFile({ rate: -1 }));
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /^bad\.rectiscope\.yaml:11:\d+: /);
    const lost = await overfit('lost', runFile({ source: 'nowhere' }));
    assert.equal(lost.code, 2);
    assert.match(lost.stderr, /^lost\.rectiscope\.yaml:3:\d+: .*the folder .* does not exist/);
    const nobody = await overfit('nobody', undefined);
    assert.equal(nobody.code, 2);
    assert.match(nobody.stderr, /^nobody\.rectiscope\.yaml: there is no such file/);
  });
});
