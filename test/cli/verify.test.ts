/** `rectiscope verify` from outside, of runs that were really trained. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCheckpoint, saveCheckpoint } from '../../server/checkpoint/checkpoint.ts';
import { runFile, writeData } from '../support/tiny-run.ts';

const program = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rectiscope-verify-'));

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

/** Names and hashes of every file of the runs: what `verify` must leave as it is. */
const filesOfRuns = () =>
  globSync('home/runs/*/*', { cwd: folder })
    .toSorted()
    .map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
    ]);

async function checkpointOf(run: string): Promise<{ step: number; file: string; weights_hash: string }> {
  const shown = await rectiscope('show', run, '--json');
  return shown.last().checkpoint;
}

async function train(name: string, change: Parameters<typeof runFile>[0]): Promise<void> {
  writeFileSync(join(folder, `${name}.rectiscope.yaml`), runFile(change));
  const { code, stderr } = await rectiscope('train', `${name}.rectiscope.yaml`, '--backend', 'onnx', '--json');
  assert.equal(code, 0, stderr);
}

before(async () => {
  writeData(folder);
  await train('long', { steps: 14 });
  await train('short', { steps: 3 });
  // The rate falls at an evaluation before the last checkpoint: a replay from the start has to see it, too.
  await train('falling', { steps: 14, afterWarmup: { plateau: { factor: 0.1, patience: '4 steps' } } });
});

after(async () => {
  await rectiscope('server', 'stop');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('rectiscope verify', () => {
  it('trains the last part again with the same bits, and does not change the run', async () => {
    const [kept, checkpoint] = [filesOfRuns(), await checkpointOf('long')];
    const { code, stderr, last } = await rectiscope('verify', 'long', '--json');
    assert.equal(code, 0, stderr);
    const { event, equal, from, step, hash, recorded, backend, device } = last();
    assert.deepEqual(
      { event, equal, from, step, hash, recorded, backend, device },
      {
        ...{ event: 'verified', equal: true, from: 12, step: 14, backend: 'onnx', device: 'cpu' },
        ...{ hash: checkpoint.weights_hash, recorded: checkpoint.weights_hash },
      },
    );
    assert.deepEqual(filesOfRuns(), kept);
  });

  it('prints both hashes and the verdict', async () => {
    const { code, stdout } = await rectiscope('verify', 'long');
    const { weights_hash: hash } = await checkpointOf('long');
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`recorded  ${hash}\nreplayed  ${hash}\nVerified: `));
  });

  it('starts at the first step if there is only one checkpoint, and reports it', async () => {
    const { code, stderr, last } = await rectiscope('verify', 'short', '--json');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /no checkpoint before step 3: replaying from the first step/);
    assert.deepEqual([last().from, last().step, last().equal], [0, 3, true]);
  });

  it('skips a damaged checkpoint, and lowers the rate at the same steps as the run', async () => {
    const { file } = await checkpointOf('falling');
    for (const other of globSync(join(dirname(file), 'checkpoint-*'))) if (other !== file) writeFileSync(other, 'no');
    const { code, stderr, last } = await rectiscope('verify', 'falling', '--json');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /checkpoint-12\.safetensors can't be used/);
    assert.deepEqual([last().from, last().step, last().equal], [0, 14, true]);
  });

  it('exits with 3 if the weights differ, and reports the first difference', async () => {
    const { file } = await checkpointOf('long');
    const earlier = join(dirname(file), 'checkpoint-12.safetensors');
    const saved = readFileSync(earlier);
    const { arrays, state } = await readCheckpoint(earlier);
    const [weights] = arrays.values();
    if (weights) weights.data[0] = (weights.data[0] ?? 0) + 0.5;
    await saveCheckpoint({ folder: dirname(file), variables: arrays, state, committed: async () => {} });
    const [told, json] = [await rectiscope('verify', 'long'), await rectiscope('verify', 'long', '--json')];
    writeFileSync(earlier, saved);
    assert.deepEqual([told.code, json.code], [3, 3]);
    assert.match(told.stdout, /NOT verified.*\nThe loss differs first at step 13: /);
    const { equal, hash, recorded, first_difference } = json.last();
    assert.deepEqual([equal, first_difference.step, hash === recorded], [false, 13, false]);
  });

  it('refuses a last checkpoint that is another one than the run wrote', async () => {
    const { file } = await checkpointOf('long');
    const saved = readFileSync(file);
    const { arrays, state } = await readCheckpoint(file);
    const [weights] = arrays.values();
    if (weights) weights.data[0] = 0;
    await saveCheckpoint({ folder: dirname(file), variables: arrays, state, committed: async () => {} });
    const { code, stderr } = await rectiscope('verify', 'long');
    writeFileSync(file, saved);
    assert.equal(code, 2);
    assert.match(stderr, /is not the checkpoint that the run wrote/);
  });

  it('refuses data that has changed, and names what it needs', async () => {
    const file = join(folder, 'data', 'train-images-idx3-ubyte');
    cpSync(file, `${file}.kept`);
    const bytes = readFileSync(file);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const { code, stderr } = await rectiscope('verify', 'long');
    cpSync(`${file}.kept`, file);
    rmSync(`${file}.kept`);
    assert.equal(code, 2);
    assert.match(stderr, /images or labels have changed since this run was saved/);
  });

  it('refuses a run that is being trained, and one that there is not', async () => {
    writeFileSync(join(folder, 'endless.rectiscope.yaml'), runFile({ steps: 10_000_000 }));
    const { code: queued } = await rectiscope('train', 'endless.rectiscope.yaml', '--backend', 'onnx', '--detach');
    assert.equal(queued, 0);
    const { code, stderr } = await rectiscope('verify', 'endless');
    await rectiscope('stop', 'endless');
    assert.equal(code, 2);
    assert.match(stderr, /is (queued|running): its checkpoints still change\. .*rectiscope stop r-/);
    assert.equal((await rectiscope('verify', 'nobody')).code, 4);
  });
});
