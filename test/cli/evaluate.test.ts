/** `rectiscope evaluate` and `predict` from outside, of runs that were really trained. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runFile, writeData } from '../support/tiny-run.ts';

const program = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rectiscope-evaluate-'));

async function rectiscope(...parameters: string[]) {
  const env = { ...process.env, RECTISCOPE_HOME: join(folder, 'home') };
  const child = spawn(process.execPath, [program, ...parameters], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, stdout, stderr, last: () => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') };
}

before(async () => {
  writeData(folder);
  for (const [name, rate] of [
    ['a', 0.05],
    ['b', 0.02],
  ] as const) {
    writeFileSync(join(folder, `${name}.rectiscope.yaml`), runFile({ steps: 12, rate }));
    const { code, stderr } = await rectiscope('train', `${name}.rectiscope.yaml`, '--backend', 'onnx', '--json');
    assert.equal(code, 0, stderr);
  }
});

after(async () => {
  await rectiscope('server', 'stop');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('rectiscope evaluate', () => {
  it('in the centre says what training said of the same weights', async () => {
    const [tested, shown] = [
      await rectiscope('evaluate', 'a', '--backend', 'onnx', '--json'),
      await rectiscope('show', 'a', '--json'),
    ];
    assert.equal(tested.code, 0, tested.stderr);
    const { event, step, images, top1, loss, confusion } = tested.last();
    const trained = shown.last().evaluations.at(-1);
    assert.deepEqual([event, step, images, top1], ['evaluation', 12, 20, trained.top1]);
    assert.deepEqual(confusion, trained.confusion);
    assert.ok(Math.abs(loss - trained.loss) < 1e-5);
  });

  it('averages scales and runs, and tells each run’s errors and their difference', async () => {
    const { code, last, stderr } = await rectiscope(
      'evaluate',
      'a',
      '--with',
      'b',
      '--views',
      'dense',
      '--scales',
      '6,9',
      '--backend',
      'onnx',
      '--json',
    );
    assert.equal(code, 0, stderr);
    const { views, scales, runs, differences } = last();
    assert.deepEqual([views, scales, runs.length], ['dense', [6, 9], 2]);
    const { lower, equal, higher } = differences[0].top1;
    assert.equal(lower + equal + higher, 3);
  });

  it('names what is wrong', async () => {
    const small = await rectiscope('evaluate', 'a', '--scales', '5', '--backend', 'onnx');
    assert.equal(small.code, 2);
    assert.match(small.stderr, /is 5×5, smaller than the network’s input of 6×6/);
    assert.equal((await rectiscope('evaluate', 'nobody')).code, 4);
    writeFileSync(join(folder, 'bad.png'), 'no image');
    const bad = await rectiscope('predict', 'a', 'bad.png', '--backend', 'onnx');
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /bad\.png can't be used/);
  });
});
