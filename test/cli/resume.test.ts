/** `rectiscope resume` on real runs: its output, and its message if nothing is left to continue from. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { stopServer } from '../../server/client/connect.ts';
import { spawnCommand } from '../../server/system/processes.ts';
import { writeSmallData } from '../support/small-data.ts';
import { later, temporaryFolder } from '../support/training-server.ts';

/** A folder with a run that has finished after three steps. */
async function finishedRun(t: TestContext) {
  const folder = temporaryFolder(t);
  const home = join(folder, 'store');
  later(t, () => stopServer(home));
  writeSmallData(folder);
  const file = join(folder, 'a.rectiscope.yaml');
  writeFileSync(
    file,
    `version: 1
data: {source: data}
network: {input: [4, 4, 1], layers: [dense: {units: 3}]}
train: {batch_size: 6, steps: 3, learning_rate: 0.02}
`,
  );
  const command = async (...words: string[]) => {
    const child = spawnCommand(words, { home });
    const [code, said, printed] = await Promise.all([
      new Promise((resolve) => child.once('exit', resolve)),
      text(child.stderr),
      text(child.stdout),
    ]);
    const lines = printed.split('\n').filter((line) => line.startsWith('{'));
    return { code, said, printed, events: lines.map((line) => JSON.parse(line)) };
  };
  const trained = await command('train', file, '--json', '--backend', 'onnx');
  assert.equal(trained.code, 0, trained.said);
  return { folder, home, run: String(trained.events[0].run), command };
}

describe('resume', () => {
  it('prints what happens from now on, and nothing of the past', async (t) => {
    const { run, command } = await finishedRun(t);
    const { code, said, events } = await command('resume', run, '--epochs', '0.05', '--json');
    assert.equal(code, 0, said);
    const of = (what: string) => events.filter(({ event }) => event === what);
    assert.deepEqual(
      of('started').map(({ first_step }) => first_step),
      [4],
    );
    assert.deepEqual(
      of('step').map(({ step }) => step),
      [4, 5, 6, 7, 8],
    );
  });

  it('leaves a finished run unchanged if its data have changed, and reports it', async (t) => {
    const { folder, run, command } = await finishedRun(t);
    const labels = join(folder, 'data', 'train-labels-idx1-ubyte');
    const bytes = readFileSync(labels);
    // The first label, after a header of eight bytes.
    writeFileSync(labels, bytes.with(8, bytes[8] === 0 ? 1 : 0));
    const { code, said } = await command('resume', run, '--epochs', '1');
    assert.equal(code, 2, said);
    const { events } = await command('show', run, '--json');
    assert.deepEqual([events[0].state, events[0].step], ['finished', 3]);
    assert.match(events[0].message, /^It could not be resumed\. .*data/);
    writeFileSync(labels, bytes);
    assert.equal((await command('resume', run, '--epochs', '0.05')).code, 0);
  });

  it('says in the terminal which checkpoint can’t be used, why, and from where it goes on', async (t) => {
    const { home, run, command } = await finishedRun(t);
    // A second checkpoint, of the steps that follow.
    assert.equal((await command('resume', run, '--epochs', '0.03')).code, 0);
    const folder = join(home, 'runs', run);
    const [newest = ''] = readdirSync(folder)
      .filter((name) => name.endsWith('.safetensors'))
      .toSorted((a, b) => Number(/\d+/.exec(b)) - Number(/\d+/.exec(a)));
    rmSync(join(folder, newest));
    mkdirSync(join(folder, newest));
    const { code, said, printed } = await command('resume', run, '--epochs', '0.05');
    assert.equal(code, 0, said);
    assert.match(
      printed,
      new RegExp(
        `${newest} can't be used \\(it is a folder, not a file\\); the run continues from the checkpoint of step 3`,
      ),
    );
    const again = await command('resume', run, '--epochs', '0.05');
    assert.doesNotMatch(again.printed, /can't be used/, 'it is said once');
  });

  it('says that nothing is left where the folder of the run is gone', async (t) => {
    const { home, run, command } = await finishedRun(t);
    rmSync(join(home, 'runs', run), { recursive: true });
    const { code, said } = await command('resume', run, '--epochs', '1');
    assert.equal(code, 2);
    assert.match(said, /^“a” no longer has a checkpoint: .* is missing\. Train its file again to start over\.\n$/);
  });
});
