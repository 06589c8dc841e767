import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FromTrainer } from '../../server/protocol/trainer.ts';
import { Link } from '../../server/trainer/link.ts';

/** A link, what it has sent, and whether a promise has resolved yet. */
function linked() {
  const sent: FromTrainer[] = [];
  return { link: new Link((message) => sent.push(message)), sent };
}

async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

const notice = (message: string) => ({ event: 'notice', run: 'r-1', step: 1, message }) as const;

describe('a trainer’s link', () => {
  it('sends events in order, as they come', () => {
    const { link, sent } = linked();
    link.report(notice('a'), notice('b'));
    link.report(notice('c'));
    assert.deepEqual(sent, [
      { type: 'events', events: [notice('a'), notice('b')] },
      { type: 'events', events: [notice('c')] },
    ]);
  });

  it('waits for its own answer, not for another one’s', async () => {
    const { link, sent } = linked();
    const first = link.commit();
    const second = link.rewind(7);
    const [one, two] = sent as unknown as [{ id: number }, { id: number }];
    assert.deepEqual(
      sent.map(({ type }) => type),
      ['commit', 'rewind'],
    );
    assert.notEqual(one.id, two.id);
    assert.equal((sent[1] as { step: number }).step, 7);
    link.receive({ type: 'committed', id: two.id });
    assert.deepEqual([await isSettled(first), await isSettled(second)], [false, true]);
    link.receive({ type: 'committed', id: one.id });
    assert.equal(await isSettled(first), true);
  });

  it('ignores an unexpected or repeated answer', async () => {
    const { link, sent } = linked();
    link.receive({ type: 'committed', id: 99 });
    const commit = link.commit();
    assert.equal(await isSettled(commit), false);
    const { id } = sent[0] as { id: number };
    link.receive({ type: 'committed', id });
    link.receive({ type: 'committed', id });
    await commit;
  });

  it('remembers a stop request, also while it waits', async () => {
    const { link } = linked();
    assert.equal(link.stopAsked, false);
    const commit = link.commit();
    link.receive({ type: 'stop' });
    assert.equal(link.stopAsked, true);
    assert.equal(await isSettled(commit), false);
  });

  it('reports why a run has failed', () => {
    const { link, sent } = linked();
    link.failed('No data.', 'Error: …');
    assert.deepEqual(sent, [{ type: 'failed', message: 'No data.', detail: 'Error: …' }]);
  });
});
