/** A store on a disk that is full or read-only: it can be read, nothing is written, and what waits says so. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { stopServer } from '../../server/client/connect.ts';
import { spawnCommand } from '../../server/system/processes.ts';
import { writeSmallData } from '../support/small-data.ts';
import { type SmallDisk, smallDisk } from '../support/small-disk.ts';
import { endProcess, later, temporaryFolder, until } from '../support/training-server.ts';

interface Place {
  readonly folder: string;
  readonly home: string;
  command(...words: string[]): Promise<{ code: unknown; said: string; printed: string }>;
}

/** A command line whose store is on a small disk, and a run file beside it on a large one. */
function place(t: TestContext, disk: SmallDisk, { units = 3, steps = 3 } = {}): Place {
  const folder = temporaryFolder(t);
  const home = join(disk.folder, 'store');
  later(t, () => stopServer(home));
  writeSmallData(folder);
  writeFileSync(
    join(folder, 'a.rectiscope.yaml'),
    `version: 1
data: {source: data}
network: {input: [4, 4, 1], layers: [dense: {units: ${units}}, dense: {units: 3}]}
train: {batch_size: 6, steps: ${steps}, learning_rate: 0.02}
`,
  );
  const command = async (...words: string[]) => {
    const child = spawnCommand(words, { home });
    const [code, said, printed] = await Promise.all([
      new Promise((resolve) => child.once('exit', resolve)),
      text(child.stderr),
      text(child.stdout),
    ]);
    return { code, said, printed };
  };
  return { folder, home, command };
}

const train = async ({ folder, command }: Place): Promise<void> => {
  const { code, said } = await command('train', join(folder, 'a.rectiscope.yaml'), '--backend', 'onnx');
  assert.equal(code, 0, said);
};

/** Every file of a folder with its content. */
const contentOf = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .map(
      (name) =>
        `${name} ${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}`,
    )
    .toSorted();

/** Everything that only reads, and what it gives. */
async function assertReadable({ folder, command }: Place): Promise<void> {
  const runs = await command('runs', '--json');
  assert.equal(runs.code, 0, runs.said);
  assert.equal(JSON.parse(runs.printed).state, 'finished');
  const shown = await command('show', 'a', '--json');
  assert.equal(shown.code, 0, shown.said);
  assert.equal(JSON.parse(shown.printed).steps.length, 3);
  const csv = join(folder, 'a.csv');
  const exported = await command('export', 'a', '--csv', csv, '--weights', join(folder, 'a.safetensors'), '--force');
  assert.equal(exported.code, 0, exported.said);
  assert.match(readFileSync(csv, 'utf8'), /loss/);
  const none = await command('show', 'none');
  assert.equal(none.code, 4, none.said);
  assert.match(none.said, /No run “none”/);
}

describe('a store on a full disk', () => {
  it('is read, and a run is removed, which makes room', async (t) => {
    const disk = smallDisk(t, 24);
    if (!disk) return;
    const own = place(t, disk, { units: 26_000 });
    await train(own);
    await stopServer(own.home);
    disk.fill();
    await assertReadable(own);
    const doctor = await own.command('doctor', '--json');
    const { problems } = JSON.parse(doctor.printed) as { problems: { id: string; advice: string }[] };
    assert.match(problems.find(({ id }) => id === 'disk-full')?.advice ?? '', /rectiscope remove RUN/);
    const removed = await own.command('remove', 'a');
    assert.equal(removed.code, 0, removed.said);
    assert.equal((await own.command('runs', '--json')).printed, '');
  });

  it('is read where its server was killed, and its log has to be read, too', async (t) => {
    const disk = smallDisk(t, 12);
    if (!disk) return;
    const own = place(t, disk);
    await train(own);
    const status = await own.command('server', 'status', '--json');
    await endProcess(JSON.parse(status.printed).pid);
    disk.fill();
    await assertReadable(own);
  });

  it('lets a run wait that has no room for its checkpoint: `runs`, `server status` and who follows say so', async (t) => {
    const disk = smallDisk(t, 24);
    if (!disk) return;
    // 4.2 MB a checkpoint, velocities included.
    const own = place(t, disk, { units: 26_000, steps: 3 });
    await train(own);
    await own.command('remove', 'a');
    disk.fill(3_000_000);
    const following = own.command('train', join(own.folder, 'a.rectiscope.yaml'), '--backend', 'onnx');
    let printed = '';
    await until(async () => {
      ({ printed } = await own.command('runs'));
      return /Waiting to save the checkpoint of step 3/.test(printed);
    }, 'it says that it waits');
    assert.match(printed, /Free some space on the disk; the run then continues by itself/);
    assert.match((await own.command('server', 'status')).printed, /Waiting to save the checkpoint of step 3/);
    disk.free();
    const { code, said } = await following;
    assert.equal(code, 0, said);
    assert.match(said, /Waiting to save the checkpoint of step 3.*\n.*The disk has space again/);
  });
});

describe('a store on a read-only disk', () => {
  for (const killed of [false, true])
    it(`is read${killed ? ' where its server was killed, its log included' : ''}; nothing of it changes`, async (t) => {
      const disk = smallDisk(t, 12);
      if (!disk) return;
      const own = place(t, disk);
      await train(own);
      const status = await own.command('server', 'status', '--json');
      if (killed) await endProcess(JSON.parse(status.printed).pid);
      else await stopServer(own.home);
      const before = contentOf(own.home);
      disk.makeReadOnly();
      await assertReadable(own);
      const { said } = await own.command('runs');
      assert.match(said, /could not be started.*read-only.*\nThe runs are read from the files of the store/);
      const removed = await own.command('remove', 'a');
      assert.equal(removed.code, 1);
      assert.match(removed.said, /full or read-only.*rectiscope doctor/);
      assert.deepEqual(contentOf(own.home), before);
    });
});
