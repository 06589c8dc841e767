import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { PROBE_QUANTITIES } from '../../server/domain/probe/quantities.ts';
import type { EvaluationEvent, FindingEvent, ProofEvent, RunEvent, StepEvent } from '../../server/protocol/events.ts';
import { fromScalar, type Scalar, unpack } from '../../server/protocol/scalar.ts';
import type { Operation } from '../../server/supervisor/store/operations.ts';
import { RunStore } from '../../server/supervisor/store/store.ts';
import { type Clock, systemClock } from '../../server/system/clock.ts';
import { probeOf } from '../fixtures/trainers/weights.ts';
import { column, later, runFile, temporaryFolder } from '../support/training-server.ts';

async function openStore(t: TestContext, clock: Clock = systemClock): Promise<RunStore> {
  const store = await RunStore.open(temporaryFolder(t), clock);
  later(t, () => store.close());
  return store;
}

const create = (store: RunStore, name = 'a'): string =>
  store.create(name, { file: '/a.yaml', text: runFile(name), overrides: ['seed=2'], backend: 'auto', device: 'cpu' })
    .run;

const event = (run: string, one: RunEvent): Operation => ({ kind: 'event', run, event: one, origin: 'trainer' });

const step = (run: string, at: number, loss: Scalar = 1): StepEvent => ({
  event: 'step',
  run,
  step: at,
  epoch: at / 10,
  loss,
  top1: 50,
  learning_rate: 0.1,
  step_ms: 2.5,
});

const evaluation = (run: string, at: number, top1: number): EvaluationEvent => ({
  event: 'evaluation',
  run,
  step: at,
  epoch: at / 10,
  loss: 'NaN',
  top1,
  top5: top1 / 2,
  views: 'center',
  train_loss: '-Infinity',

  train_top1: 12.5,
  confusion: [
    [1, 2],
    [3, 4],
  ],
});

const finding = (run: string, at: number): FindingEvent => ({
  event: 'finding',
  run,
  rule: 'vanishing-gradient',
  severity: 'error',
  step: at,
  layer: 'conv1',
  line: 3,
  column: 1,
  message: 'It vanishes.',
  evidence: { norms: [1e-300, 'NaN'] },
  threshold: 3e-3,
  source: 'diagnosis.md',
});

describe('the run store', () => {
  it('gives every number back as it was, not-finite ones too', async (t) => {
    const store = await openStore(t);
    const run = create(store);
    const losses: Scalar[] = ['NaN', 'Infinity', '-Infinity', 5e-324, 1.7976931348623157e308, 0.1, 1 / 3, -(2 ** -52)];
    store.apply([
      ...losses.map((loss, i) => event(run, step(run, i + 1, loss))),
      event(run, { event: 'probe', run, step: 1, layers: probeOf(123456789) }),
      event(run, evaluation(run, 8, 33.1)),
      event(run, finding(run, 8)),
    ]);
    const snapshot = store.snapshot(run);
    assert.deepEqual(column(snapshot.steps.step), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual(column(snapshot.steps.loss), losses.map(fromScalar));
    assert.deepEqual(snapshot.evaluations, [evaluation(run, 8, 33.1)]);
    assert.deepEqual(snapshot.findings, [finding(run, 8)]);
    assert.deepEqual(snapshot.probes.layers, ['conv1', 'dense1']);
    const expected = probeOf(123456789).flatMap((layer) =>
      PROBE_QUANTITIES.map((quantity) => fromScalar(layer[quantity] ?? 'NaN')),
    );
    assert.deepEqual([...unpack(snapshot.probes.values)], expected);
    assert.equal(snapshot.text, runFile('a'));
    assert.equal(snapshot.summary.loss, -(2 ** -52));
  });

  it('gives the first and the last probe of a run alone', async (t) => {
    const store = await openStore(t);
    const run = create(store);
    assert.deepEqual(store.firstAndLastProbe(run), {
      text: runFile('a'),
      layers: [],
      quantities: PROBE_QUANTITIES,
    });
    const probe = (at: number) => event(run, { event: 'probe', run, step: at, layers: probeOf(at) });
    store.apply([1, 2, 5, 10].flatMap((at) => [event(run, step(run, at, 2)), probe(at)]));
    const { layers, first, last } = store.firstAndLastProbe(run);
    const { probes } = store.snapshot(run);
    assert.deepEqual(layers, probes.layers);
    const all = [...unpack(probes.values)];
    assert.deepEqual([first?.step, last?.step], [1, 10]);
    assert.deepEqual([...unpack(first?.values ?? '')], all.slice(0, all.length / 4));
    assert.deepEqual([...unpack(last?.values ?? '')], all.slice((-1 * all.length) / 4));
  });

  it('keeps the latest proof of a rule, over a rewind too, and what its two runs are judged by', async (t) => {
    const store = await openStore(t);
    const [run, fixed] = [create(store), create(store, 'a-fixed')];
    const running: ProofEvent = {
      ...{ event: 'proof', run, step: 8, fixed, window: 3, state: 'running' },
      fixes: [{ rule: 'stalled', title: 'Another rate' }],
    };
    const side = {
      run,
      name: 'a',
      state: 'stalled',
      step: 8,
      loss: 'NaN',
      standard_error: 1e-300,
      batch_top1: 50,
    } as const;
    const decided: ProofEvent = {
      ...running,
      state: 'decided',
      verdict: 'It helps.',
      sides: [side, { ...side, run: fixed }],
    };
    store.apply([
      ...[5, 1, 2, 6].map((loss, i) => event(run, step(run, i + 1, loss))),
      event(run, finding(run, 2)),
      event(run, evaluation(run, 4, 20)),
      event(run, running),
    ]);
    assert.deepEqual(store.openProofs(), [running]);
    assert.deepEqual(store.standingRules(run), [finding(run, 2).rule]);
    const { level, evaluated } = store.proofSide(run, { upTo: 4, window: 3 }) ?? {};
    assert.deepEqual([level?.step, level?.steps, level?.loss], [4, 3, 3]);
    assert.deepEqual([evaluated?.step, evaluated?.top1], [4, 20]);
    assert.equal(store.proofSide(run, { upTo: 3, window: 3 })?.evaluated, undefined);
    assert.equal(store.proofSide(fixed, { upTo: 9, window: 3 }), undefined);
    store.apply([event(run, decided), { kind: 'rewind', run, step: 1 }]);
    assert.deepEqual(store.openProofs(), []);
    assert.deepEqual(store.snapshot(run).proofs, [decided]);
    store.remove(run);
    assert.deepEqual([store.has(run), store.openProofs()], [false, []]);
  });

  it('keeps a run over closing and opening', async (t) => {
    const folder = temporaryFolder(t);
    const first = await RunStore.open(folder, systemClock);
    const run = create(first);
    first.apply([event(run, step(run, 1, 'NaN')), { kind: 'trainer', run, pid: 7, birth: 'x' }]);
    const before = first.snapshot(run);
    first.close();
    const second = await RunStore.open(folder, systemClock);
    later(t, () => second.close());
    assert.deepEqual(second.snapshot(run), before);
    assert.deepEqual(second.record(run).trainer, { pid: 7, birth: 'x' });
    assert.equal(second.summary(run).state, 'running');
    assert.equal(second.summary(run).loss, 'NaN');
    assert.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), '*\n');
  });

  it('stores each step once: a repeated step is refused, with its whole transaction', async (t) => {
    const store = await openStore(t);
    const run = create(store);
    store.apply([event(run, step(run, 1))]);
    assert.throws(() => store.apply([event(run, step(run, 2)), event(run, step(run, 1))]), /UNIQUE/);
    assert.deepEqual(column(store.snapshot(run).steps.step), [1]);
    const other = { ...probeOf(1)[0], name: 'another' } as ReturnType<typeof probeOf>[number];
    store.apply([event(run, { event: 'probe', run, step: 1, layers: probeOf(1) })]);
    assert.throws(() => store.apply([event(run, { event: 'probe', run, step: 2, layers: [other] })]), /other layers/);
  });

  it('deletes what follows the step that a trainer goes back to, and leaves a gap that views see', async (t) => {
    const store = await openStore(t);
    const run = create(store);
    const all = Array.from({ length: 10 }, (_, i) => event(run, step(run, i + 1, i)));
    const file = '/where/it/was/checkpoint-9.safetensors';
    store.apply([
      ...all,
      event(run, { event: 'probe', run, step: 9, layers: probeOf(1) }),
      event(run, evaluation(run, 4, 40)),
      event(run, evaluation(run, 8, 20)),
      event(run, finding(run, 8)),
      event(run, { event: 'checkpoint', run, step: 5, file, weights_hash: 'five' }),
      event(run, { event: 'checkpoint', run, step: 9, file, weights_hash: 'nine' }),
      event(run, { event: 'notice', run, step: 8, message: 'of the trainer' }),
      { kind: 'event', run, event: { event: 'notice', run, step: 10, message: 'of the server' }, origin: 'server' },
    ]);
    assert.deepEqual(store.summary(run).best, { top1: 20, step: 8 });
    // The store may have been moved since.
    const here = join(store.runFolder(run), 'checkpoint-9.safetensors');
    assert.deepEqual([store.snapshot(run).checkpoint?.file, store.checkpoint(run)?.file], [here, here]);
    const before = store.snapshot(run).sequence;
    store.apply([{ kind: 'rewind', run, step: 5 }]);
    const after = store.snapshot(run);
    assert.deepEqual(column(after.steps.step), [1, 2, 3, 4, 5]);
    assert.equal(after.probes.step, '');
    assert.deepEqual(
      after.evaluations.map((one) => one.step),
      [4],
    );
    assert.deepEqual(after.findings, []);
    assert.equal(after.checkpoint?.weights_hash, 'five');
    assert.deepEqual(
      after.notices.map(({ message }) => message),
      ['of the server'],
    );
    assert.deepEqual(
      [after.summary.step, after.summary.epoch, after.summary.loss, after.summary.top1, after.summary.best],
      [5, 0.5, 4, 40, { top1: 40, step: 4 }],
    );
    assert.equal(after.sequence, before + 1);
    const [delta] = store.apply([event(run, step(run, 6))]).deltas;
    assert.equal(delta?.sequence, before + 2);
    // Nothing to forget, no gap.
    store.apply([{ kind: 'rewind', run, step: 6 }]);
    assert.equal(store.snapshot(run).sequence, before + 2);
  });

  it('takes what a trainer repeats from its checkpoint once', async (t) => {
    const store = await openStore(t);
    const run = create(store);
    const repeated = [
      event(run, finding(run, 0)),
      event(run, evaluation(run, 0, 90)),
      event(run, { event: 'notice', run, step: 0, message: 'slow' }),
    ];
    assert.equal(store.apply(repeated).deltas.length, 3);
    assert.equal(store.apply(repeated).deltas.length, 0);
    assert.equal(store.summary(run).findings, 1);
    assert.equal(store.snapshot(run).sequence, 4);
  });

  it('counts events without a gap and returns the state after them', async (t) => {
    const store = await openStore(t);
    const run = create(store);
    const applied = store.apply([event(run, step(run, 1)), event(run, step(run, 2)), event(run, step(run, 3))]);
    assert.deepEqual(
      applied.deltas.map(({ sequence }) => sequence),
      [2, 3, 4],
    );
    assert.equal(applied.stateChanged, false);
    assert.equal(applied.deltas[0]?.summary.step, 3);
    const end = store.apply([
      event(run, { event: 'end', run, state: 'failed', step: 3, epoch: 0.3, seconds: 1, message: 'why' }),
    ]);
    assert.equal(end.stateChanged, true);
    assert.equal(store.summary(run).message, 'why');
  });

  it('gives ids that sort as runs were made, whatever the clock does', async (t) => {
    const times = [1_700_000_000_000, 1_700_000_000_000, 1_600_000_000_000, 1_900_000_000_000, 1_700_000_000_001];
    let now = 0;
    const store = await openStore(t, { wall: () => times[now] ?? 0, monotonic: () => 0 });
    const ids = times.map(() => {
      const id = create(store);
      now++;
      return id;
    });
    assert.deepEqual(ids, ids.toSorted());
    assert.equal(new Set(ids).size, ids.length);
    assert.match(ids[0] as string, /^r-[a-z0-9]{8}$/);
    assert.deepEqual(
      store.list().map(({ run }) => run),
      ids.toReversed(),
    );
    assert.deepEqual(
      store.recordsIn('queued').map(({ id }) => id),
      ids,
    );
  });

  it('finds a run by its id, its name, or a prefix of its id', async (t) => {
    const store = await openStore(t);
    const [first, second, named] = [create(store, 'he'), create(store, 'he'), create(store, 'r-')] as [
      string,
      string,
      string,
    ];
    assert.equal(store.find(first), first);
    assert.equal(store.find('he'), second);
    assert.equal(store.find('r-'), named);
    assert.throws(() => store.find(first.slice(0, 4)), /Use a longer prefix/);
    assert.throws(() => store.find('h'), /No run/);
    assert.throws(() => store.find('%'), /No run/);
    assert.throws(() => store.find(''), /No run/);
    store.remove(first);
    assert.throws(() => store.find(first), /No run/);
  });

  it('lists 200 runs', async (t) => {
    const store = await openStore(t);
    for (let i = 0; i < 200; i++) {
      const run = create(store, `run ${i}`);
      if (i % 20 === 0) store.apply(Array.from({ length: 200 }, (_, s) => event(run, step(run, s + 1))));
    }
    assert.equal(store.list().length, 200);
  });
});
