import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../server/client/connect.ts';
import { connectToServer } from '../../server/client/connect.ts';
import { ErrorCode, errorCode } from '../../server/protocol/errors.ts';
import { Remove, Resume, type RunSnapshot, type RunSummary, Runs, Stop } from '../../server/protocol/requests.ts';
import { limitOutput, openOutput } from '../../server/supervisor/log.ts';
import { lossesUpTo } from '../fixtures/trainers/weights.ts';
import { uniforms } from '../support/random.ts';
import {
  column,
  connect,
  countingTrainer,
  endProcess,
  exists,
  show,
  temporaryFolder,
  testArguments,
  train,
  until,
  untilEnd,
  untilStep,
} from '../support/training-server.ts';

/** Processes of the counting trainer that work in a store; Linux shows the arguments of any process. */
function trainersOf(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const isTrainer = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[1] === countingTrainer;
        return isTrainer && readlinkSync(`/proc/${pid}/cwd`).startsWith(home);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** The pid of the only trainer, once there is one. */
async function trainerOf(home: string): Promise<number> {
  await until(() => trainersOf(home).length > 0, 'a trainer');
  const [pid] = trainersOf(home);
  assert.ok(pid);
  return pid;
}

function assertWhole(snapshot: RunSnapshot, steps: number): void {
  assert.deepEqual(
    column(snapshot.steps.step),
    Array.from({ length: steps }, (_, i) => i + 1),
  );
  assert.deepEqual(column(snapshot.steps.loss), lossesUpTo(steps));
  assert.deepEqual(
    column(snapshot.probes.step),
    Array.from({ length: Math.floor(steps / 5) }, (_, i) => 5 * (i + 1)),
  );
  assert.deepEqual(
    snapshot.evaluations.map(({ step }) => step),
    Array.from({ length: Math.floor(steps / 20) }, (_, i) => 20 * (i + 1)),
  );
}

const rejectsWith = (code: number) => (error: unknown) => {
  assert.equal(errorCode(error), code, String(error));
  return true;
};

const stop = (client: Client, run: string): Promise<RunSummary> => client.request(Stop, { run });

async function someClient(
  t: TestContext,
  patience: Record<string, number> = {},
): Promise<{ home: string; client: Client }> {
  const home = temporaryFolder(t);
  return { home, client: await connect(t, home, { serverArguments: testArguments(patience) }) };
}

describe('the life of a run', { concurrency: 2 }, () => {
  it('goes from queued over running to finished', async (t) => {
    const { client, home } = await someClient(t);
    const queued = await train(client, 'steps=60 nanAt=30');
    assert.match(queued.state, /queued|running/);
    const end = await untilEnd(client, queued.run);
    assert.deepEqual([end.state, end.step, end.steps, end.epoch], ['finished', 60, 60, 3]);
    assert.deepEqual([end.top1, end.best], [84, { top1: 84, step: 60 }]);
    assert.ok(end.started && end.ended && end.seconds > 0);
    const snapshot = await show(client, queued.run);
    assert.equal(column(snapshot.steps.loss)[29], Number.NaN);
    assert.equal(snapshot.checkpoint?.step, 60);
    assert.ok(existsSync(snapshot.checkpoint?.file ?? ''));
    assert.ok(existsSync(join(home, 'runs', queued.run, 'trainer.log')));
  });

  it('trains one at a time, first come first served, each to its own end', async (t) => {
    const { client } = await someClient(t);
    const runs = [];
    for (const orders of ['steps=40', 'steps=20 failAt=7', 'steps=20 endAs=1', 'steps=20'])
      runs.push(await train(client, orders));
    const seen: string[][] = [];
    client.onRunsChanged((list) => {
      const running = list.filter(({ state }) => state === 'running').map(({ run }) => run);
      assert.ok(running.length <= 1, 'more than one runs');
      if (running.length === 1) seen.push(running);
    });
    await untilEnd(client, runs.at(-1)?.run ?? '');
    const ends = await Promise.all(runs.map(({ run }) => show(client, run)));
    assert.deepEqual(
      ends.map(({ summary }) => summary.state),
      ['finished', 'failed', 'stalled', 'finished'],
    );
    assert.equal(ends[1]?.summary.message, 'The data is bad: mend it.');
    const order = [...new Set(seen.flat())];
    assert.deepEqual(
      order,
      runs.map(({ run }) => run).filter((run) => order.includes(run)),
    );
  });

  it('survives the killing of its trainer: each step once, weights as undisturbed (10 kills, seed 1)', async (t) => {
    const { client, home } = await someClient(t);
    const uniform = uniforms(1);
    const { run } = await train(client, 'steps=400 save=15 pause=4');
    let kills = 0;
    for (let next = 20; next < 400; next += 36) {
      await untilStep(client, run, next + Math.floor(uniform() * 20));
      const pid = await trainerOf(home);
      process.kill(pid, 'SIGKILL');
      kills++;
    }
    const end = await untilEnd(client, run);
    assert.ok(kills >= 10);
    assert.equal(end.state, 'finished', end.message);
    const snapshot = await show(client, run);
    assertWhole(snapshot, 400);
    const told = snapshot.notices.filter(({ message }) => /was killed \(SIGKILL/.test(message));
    assert.ok(told.length > 0 && told.length <= kills);
  });

  it('survives the killing of its server: it continues with the next one (6 kills, seed 2)', async (t) => {
    const home = temporaryFolder(t);
    const uniform = uniforms(2);
    let client = await connect(t, home);
    const { run } = await train(client, 'steps=300 save=15 pause=4');
    const later = await train(client, 'steps=40');
    for (let i = 0; i < 6; i++) {
      await untilStep(client, run, 20 + 40 * i + Math.floor(uniform() * 20));
      const trainers = trainersOf(home);
      await endProcess(client.server.pid);
      client = await connect(t, home);
      // A run is never `running` without a trainer: it waits until the one before is gone.
      const [summary] = (await client.request(Runs)).filter((one) => one.run === run);
      if (summary?.state === 'running') assert.equal(trainersOf(home).length, 1);
      await until(() => !trainers.some(exists), 'the orphan has ended');
    }
    assert.equal((await untilEnd(client, run)).state, 'finished');
    assert.equal((await untilEnd(client, later.run)).state, 'finished');
    const snapshot = await show(client, run);
    assertWhole(snapshot, 300);
    assert.ok(
      snapshot.notices.some(({ message }) => /The training server ended at step \d+; the run continues/.test(message)),
    );
  });

  it('continues after SIGTERM and after `shutdown` as it was', async (t) => {
    const home = temporaryFolder(t);
    let client = await connect(t, home);
    const { run } = await train(client, 'steps=150 save=10 pause=4');
    await untilStep(client, run, 30);
    await endProcess(client.server.pid, 'SIGTERM');
    assert.deepEqual(trainersOf(home), []);
    assert.equal(await connectToServer({ home, start: false }), undefined);
    client = await connect(t, home);
    assert.equal((await untilEnd(client, run)).state, 'finished');
    assertWhole(await show(client, run), 150);
  });

  it('gives up a run whose trainer dies three times again without getting further', async (t) => {
    const { client, home } = await someClient(t);
    const { run } = await train(client, 'steps=100 save=20 dieAt=57');
    const end = await untilEnd(client, run);
    assert.equal(end.state, 'interrupted');
    assert.match(end.message ?? '', /exited with code 7 .* for the 4th time without getting past step 56/);
    const snapshot = await show(client, run);
    assertWhole(snapshot, 56);
    assert.equal(snapshot.notices.length, 3);
    // A user may try again, and the count starts again.
    await client.request(Resume, { run });
    assert.equal((await untilEnd(client, run)).state, 'interrupted');
    assert.equal((await show(client, run)).notices.length, 6);
    assert.deepEqual(trainersOf(home), []);
  });

  it('restarts a trainer that died once, and reports it', async (t) => {
    const { client } = await someClient(t);
    const { run } = await train(client, 'steps=100 save=20 dieOnceAt=57');
    assert.equal((await untilEnd(client, run)).state, 'finished');
    const { notices } = await show(client, run);
    assert.deepEqual(
      notices.map(({ message }) => message),
      [
        'The trainer was killed (SIGKILL: by a user, or by the system when out of memory) at step 56; ' +
          'the run continues from the checkpoint of step 40.',
      ],
    );
  });

  it('stops after a checkpoint, continues from there, and can be extended when it has finished', async (t) => {
    const { client } = await someClient(t);
    const { run } = await train(client, 'steps=200 pause=4');
    await untilStep(client, run, 25);
    const stopped = await stop(client, run);
    assert.equal(stopped.state, 'stopped');
    const { checkpoint } = await show(client, run);
    assert.equal(checkpoint?.step, stopped.step);
    assert.match((await client.request(Resume, { run })).state, /queued|running/);
    assert.match((await client.request(Resume, { run })).state, /queued|running/);
    await assert.rejects(client.request(Resume, { run, epochs: 2 }), rejectsWith(ErrorCode.notAllowedNow));
    assert.equal((await untilEnd(client, run)).state, 'finished');
    await assert.rejects(client.request(Resume, { run }), rejectsWith(ErrorCode.notAllowedNow));
    await client.request(Resume, { run, epochs: 1 });
    const extended = await untilEnd(client, run);
    assert.deepEqual([extended.state, extended.step, extended.ended !== undefined], ['finished', 220, true]);
    assertWhole(await show(client, run), 220);
    assert.deepEqual(await stop(client, run), extended);
  });

  it('stops a run that is queued, and removes one that is not running', async (t) => {
    const { client, home } = await someClient(t);
    const first = await train(client, 'steps=5000 pause=4');
    const second = await train(client, 'steps=20');
    const third = await train(client, 'steps=20');
    assert.equal((await stop(client, second.run)).state, 'stopped');
    await client.request(Remove, { run: third.run });
    await untilStep(client, first.run, 1);
    await assert.rejects(client.request(Remove, { run: first.run }), rejectsWith(ErrorCode.notAllowedNow));
    await stop(client, first.run);
    await client.request(Remove, { run: first.run });
    assert.deepEqual(
      (await client.request(Runs)).map(({ run }) => run),
      [second.run],
    );
    assert.equal(existsSync(join(home, 'runs', first.run)), false);
    await assert.rejects(show(client, first.run), rejectsWith(ErrorCode.noSuchRun));
  });

  it('kills a trainer that does not stop, but only after the time that it is given', async (t) => {
    const { client } = await someClient(t, { stop: 600 });
    const { run } = await train(client, 'steps=100000 pause=4 deaf=1');
    await untilStep(client, run, 25);
    const from = performance.now();
    const stopped = await stop(client, run);
    assert.ok(performance.now() - from > 550);
    assert.equal(stopped.state, 'stopped');
    assert.match(stopped.message ?? '', /was killed .* continues from its last checkpoint/);
  });

  it('answers the last request of a trainer, so that the next run starts at once', async (t) => {
    const { client } = await someClient(t, { end: 60_000 });
    await train(client, 'steps=20');
    const next = await train(client, 'steps=20');
    const from = performance.now();
    assert.equal((await untilEnd(client, next.run)).state, 'finished');
    assert.ok(performance.now() - from < 20_000, 'it waited for a trainer that waits for an answer');
  });

  it('does not wait forever for a trainer that has ended its run but not itself', async (t) => {
    const { client, home } = await someClient(t, { end: 300 });
    const { run } = await train(client, 'steps=20 linger=1');
    const next = await train(client, 'steps=20');
    assert.equal((await untilEnd(client, run)).state, 'finished');
    assert.equal((await untilEnd(client, next.run)).state, 'finished');
    await until(() => trainersOf(home).length === 0, 'no trainer is left');
  });

  it('interrupts a run whose trainer sends a step twice, and keeps the valid rows', async (t) => {
    const { client, home } = await someClient(t);
    const { run } = await train(client, 'steps=100 twiceAt=33');
    const end = await untilEnd(client, run);
    assert.equal(end.state, 'interrupted');
    assert.match(end.message ?? '', /sent an impossible event: UNIQUE/);
    assert.deepEqual(
      column((await show(client, run)).steps.step).slice(0, 33),
      Array.from({ length: 33 }, (_, i) => i + 1),
    );
    await until(() => trainersOf(home).length === 0, 'no trainer is left');
  });

  it('leaves a trainer alone that somebody has stopped (SIGSTOP), even when it should end', async (t) => {
    if (process.platform !== 'linux') return t.skip('only Linux tells that a process is stopped');
    const { client, home } = await someClient(t, { stop: 200 });
    const { run } = await train(client, 'steps=300 save=20 pause=4');
    await untilStep(client, run, 30);
    const pid = await trainerOf(home);
    process.kill(pid, 'SIGSTOP');
    const stopping = stop(client, run);
    await sleep(2000);
    assert.ok(exists(pid));
    assert.equal((await show(client, run)).summary.state, 'running');
    process.kill(pid, 'SIGCONT');
    const stopped = await stopping;
    assert.equal(stopped.state, 'stopped');
    assertWhole(await show(client, run), stopped.step);
  });

  it('stops a run for good that was being stopped when the server died', async (t) => {
    const home = temporaryFolder(t);
    const client = await connect(t, home);
    const { run } = await train(client, 'steps=100000 pause=4 deaf=1');
    await untilStep(client, run, 25);
    stop(client, run).catch(() => undefined);
    await sleep(300);
    await endProcess(client.server.pid);
    const next = await connect(t, home);
    const { summary } = await show(next, run);
    assert.equal(summary.state, 'stopped');
    assert.match(summary.message ?? '', /ended while it was being stopped/);
    await until(() => trainersOf(home).length === 0, 'no trainer is left');
  });

  it('keeps the output of a trainer under its limit', async (t) => {
    const file = join(temporaryFolder(t), 'trainer.log');
    const descriptor = openOutput(file);
    const print = (text: string) => spawnSync('printf', ['%s', text], { stdio: ['ignore', descriptor, descriptor] });
    print('a'.repeat(5000));
    limitOutput(file, 1000);
    print('after');
    closeSync(descriptor);
    assert.equal(readFileSync(file, 'utf8'), 'after');
    assert.equal(statSync(`${file}.1`).size, 1000);
  });
});
