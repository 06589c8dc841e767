import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectToServer } from '../../server/client/connect.ts';
import { type Delta, Subscribe, Unsubscribe } from '../../server/protocol/requests.ts';
import { lossesUpTo } from '../fixtures/trainers/weights.ts';
import { uniforms } from '../support/random.ts';
import { column, connect, later, show, temporaryFolder, train, until, untilStep } from '../support/training-server.ts';

const STEPS = 1500;

describe('a subscription', () => {
  it('has a snapshot and then every event, once, whenever it starts (20 clients, seed 4)', async (t) => {
    const home = temporaryFolder(t);
    const client = await connect(t, home);
    const { run } = await train(client, `steps=${STEPS} save=100 pause=1`);
    const uniform = uniforms(4);
    const views = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const view = await connectToServer({ home, start: false });
        assert.ok(view);
        later(t, () => view.dispose());
        const deltas: Delta[] = [];
        view.onDelta((delta) => deltas.push(delta));
        await sleep(uniform() * 2500);
        const snapshot = await view.request(Subscribe, { run: uniform() < 0.5 ? run : run.slice(0, -1) });
        return { snapshot, deltas };
      }),
    );
    // A view that starts after the end has all of it in its snapshot.
    const last = ({ snapshot, deltas }: (typeof views)[number]) => (deltas.at(-1) ?? snapshot).summary;
    await until(() => views.every((view) => last(view).state === 'finished'), 'all are told of the end');
    for (const { snapshot, deltas } of views) {
      assert.deepEqual(
        deltas.map(({ sequence }) => sequence),
        deltas.map((_, i) => snapshot.sequence + 1 + i),
      );
      const told = deltas.flatMap(({ event }) => (event.event === 'step' ? [event] : []));
      assert.deepEqual(
        [...column(snapshot.steps.step), ...told.map(({ step }) => step)],
        Array.from({ length: STEPS }, (_, i) => i + 1),
      );
      assert.deepEqual([...column(snapshot.steps.loss), ...told.map(({ loss }) => loss)], lossesUpTo(STEPS));
    }
    assert.ok(views.some(({ snapshot, deltas }) => snapshot.summary.step > 0 && deltas.length > 0));
  });

  it('shows a gap after a trainer went back, so that a view requests a snapshot', async (t) => {
    const client = await connect(t, temporaryFolder(t));
    const deltas: Delta[] = [];
    client.onDelta((delta) => deltas.push(delta));
    const { run } = await train(client, 'steps=100 dieOnceAt=57 pause=2');
    const { sequence } = await client.request(Subscribe, { run });
    await until(() => deltas.at(-1)?.event.event === 'end', 'the end');
    const gaps = deltas.filter(({ sequence: at }, i) => at !== (deltas[i - 1]?.sequence ?? sequence) + 1);
    assert.equal(gaps.length, 1);
    const [first] = gaps;
    // What comes after it is what follows the step that was gone back to.
    assert.ok(
      first && deltas.slice(0, deltas.indexOf(first)).some(({ event }) => event.event === 'step' && event.step === 56),
    );
    const after = deltas.slice(deltas.indexOf(first));
    assert.equal(after.find(({ event }) => event.event === 'step')?.event.event === 'step', true);
    const firstStep = after.find(({ event }) => event.event === 'step')?.event;
    assert.equal(firstStep?.event === 'step' && firstStep.step, 41);
  });

  it('ends on request', async (t) => {
    const client = await connect(t, temporaryFolder(t));
    const deltas: Delta[] = [];
    client.onDelta((delta) => deltas.push(delta));
    const { run } = await train(client, 'steps=400 pause=2');
    await client.request(Subscribe, { run });
    await untilStep(client, run, 20);
    await client.request(Unsubscribe, { run });
    const count = deltas.length;
    assert.ok(count > 0);
    const { step } = (await show(client, run)).summary;
    await untilStep(client, run, step + 20);
    assert.equal(deltas.length, count);
  });
});
