/** What a user adds to a run stays with it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { connectToServer } from '../../server/client/connect.ts';
import { Annotate, Runs, Show } from '../../server/protocol/requests.ts';
import { TrainingServer } from '../../server/supervisor/server.ts';
import { countingTrainer, later, temporaryFolder, train } from '../support/training-server.ts';

it('keeps name, note, tags and star of a run, over a restart; each alone leaves the others', async (t) => {
  const home = temporaryFolder(t);
  const start = () => TrainingServer.start({ home, trainerFile: countingTrainer, patience: { restart: 10 } });
  const server = await start();
  const client = await connectToServer({ home, start: false });
  assert.ok(client);
  const { run, name } = await train(client, 'steps=100000 pause=4 deaf=1');
  await client.request(Annotate, { run, note: ' the first ', tags: ['paper', 'seed 1', 'paper'] });
  const starred = await client.request(Annotate, { run, starred: true });
  assert.deepEqual(
    [starred.name, starred.note, starred.tags, starred.starred],
    [name, 'the first', ['paper', 'seed 1'], true],
  );
  await client.request(Annotate, { run, name: 'another', tags: [], starred: false });
  await assert.rejects(client.request(Annotate, { run, name: '  ' }), /`name` must not be empty/);
  await assert.rejects(
    client.request(Annotate, { run, name: 'a\u001b[31m' }),
    /`name` has no line breaks or other control/,
  );
  await assert.rejects(client.request(Annotate, { run, name: 'x'.repeat(201) }), /`name` has at most 200 characters/);
  await assert.rejects(client.request(Annotate, { run, tags: [''] }), /list of strings of 1 to 200 characters/);
  await assert.rejects(client.request(Annotate, { run: 'nobody', note: '' }), /nobody/);
  client.dispose();
  await server.close();

  const next = await start();
  later(t, () => next.close());
  const again = await connectToServer({ home, start: false });
  assert.ok(again);
  later(t, () => again.dispose());
  const { summary } = await again.request(Show, { run: 'another' });
  assert.deepEqual([summary.run, summary.note, summary.tags, summary.starred], [run, 'the first', [], false]);
  assert.deepEqual(
    (await again.request(Runs)).map((one) => one.name),
    ['another'],
  );
});
