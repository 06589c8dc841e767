/** Proofs over a real socket, with trainers that learn where the test says so. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Client } from '../../server/client/connect.ts';
import { ErrorCode, errorCode } from '../../server/protocol/errors.ts';
import type { ProofEvent } from '../../server/protocol/events.ts';
import { Prove, Remove, Runs, Stop, Subscribe } from '../../server/protocol/requests.ts';
import {
  connect,
  endProcess,
  runFile,
  show,
  temporaryFolder,
  train,
  until,
  untilEnd,
  untilStep,
} from '../support/training-server.ts';

/** A run that never learns at its rate, and says so at step 25; its copy at another rate does. */
const SICK = 'heals=1 endAs=1 steps=200 save=20';

/** The first step at which the evidence is there, whenever anybody looks: the first with a whole window. */
const EVIDENT = 20;

const proofOf = async (client: Client, run: string): Promise<ProofEvent | undefined> =>
  (await show(client, run)).proofs[0];

async function verdict(client: Client, run: string): Promise<ProofEvent> {
  let proof: ProofEvent | undefined;
  await until(async () => {
    proof = await proofOf(client, run);
    return proof !== undefined && proof.state !== 'running';
  }, 'the verdict');
  return proof as ProofEvent;
}

async function stalledRun(t: TestContext, orders = SICK): Promise<{ home: string; client: Client; run: string }> {
  const home = temporaryFolder(t);
  const client = await connect(t, home);
  const { run } = await train(client, orders);
  assert.equal((await untilEnd(client, run)).state, 'stalled');
  return { home, client, run };
}

const refused = (code: number) => (error: unknown) => errorCode(error) === code;

describe('a proof of a run', () => {
  it('trains only the copy, and stops it properly as soon as it learns and the run never did', async (t) => {
    const { client, run } = await stalledRun(t, `${SICK} pause=2`);
    const told: ProofEvent[] = [];
    client.onDelta(({ event }) => {
      if (event.event === 'proof') told.push(event);
    });
    await client.request(Subscribe, { run });
    const { proof: begun, runs } = await client.request(Prove, { run });
    assert.deepEqual(
      [begun.state, begun.fixes, runs.map((one) => one.run)],
      ['running', [{ rule: 'stalled', title: 'Set learning_rate: 0.02' }], [run, begun.fixed]],
    );
    const proof = await verdict(client, run);
    assert.deepEqual([proof.state, proof.outcome, proof.early], ['decided', 'helps', true]);
    const at = proof.decided_at ?? 0;
    // 0.693 · e^(−s / 60) has fallen by a tenth of ln 2 by step 7; the mean over 20 steps needs a whole window.
    assert.equal(at, EVIDENT);
    assert.match(proof.verdict ?? '', new RegExp(`^The fix helps: .* Decided at step ${at}: .* never learnt`));
    const [before, after] = proof.sides ?? [];
    assert.ok(Math.abs(Number(before?.loss) - Math.LN2) < 0.01 && Number(after?.loss) < 0.9 * Math.LN2);
    assert.equal(before?.step, at, 'at the same step');
    const copy = await untilEnd(client, begun.fixed);
    assert.equal(copy.state, 'stopped');
    assert.ok(copy.step < 200);
    assert.equal((await client.request(Runs)).length, 2);
    const text = (await show(client, run)).text;
    const fixed = (await show(client, begun.fixed)).text;
    const other = fixed.split('\n').filter((line, i) => line !== text.split('\n')[i]);
    assert.deepEqual(
      other.map((line) => line.slice(0, 5)),
      ['name:', 'train'],
    );
    await until(() => told.length === 2, 'both events');
    assert.deepEqual(told, [begun, proof]);
  });

  it('is started once, however often it is requested', async (t) => {
    const { client, run } = await stalledRun(t, `${SICK} pause=2`);
    const [first, second] = await Promise.all([
      client.request(Prove, { run }),
      client.request(Prove, { run, rule: 'stalled' }),
    ]);
    assert.equal(first.proof.fixed, second.proof.fixed);
    await verdict(client, run);
  });

  it('continues if the server is killed', async (t) => {
    const { home, client, run } = await stalledRun(t, `${SICK} pause=5`);
    const { proof: begun } = await client.request(Prove, { run });
    await untilStep(client, begun.fixed, 5);
    await endProcess(client.server.pid);
    const next = await connect(t, home);
    const proof = await verdict(next, run);
    const { state, outcome, decided_at, fixed } = proof;
    assert.deepEqual([state, outcome, decided_at, fixed], ['decided', 'helps', EVIDENT, begun.fixed]);
    await endProcess(next.server.pid);
    assert.deepEqual((await show(await connect(t, home), run)).proofs, [proof]);
  });

  it('waits for a run that still trains', async (t) => {
    const client = await connect(t, temporaryFolder(t));
    const { run } = await train(client, `${SICK} pause=5`);
    await untilStep(client, run, 30);
    const { proof, runs } = await client.request(Prove, { run });
    assert.deepEqual(
      runs.map(({ state }) => state),
      ['running', 'queued'],
    );
    assert.equal((await verdict(client, run)).outcome, 'helps');
    assert.equal((await untilEnd(client, run)).state, 'stalled');
    assert.equal((await untilEnd(client, proof.fixed)).state, 'stopped');
  });

  it('reports that it was interrupted if its copy is stopped or removed, and can be requested again', async (t) => {
    const { client, run } = await stalledRun(t, `${SICK} pause=20`);
    const { proof: begun } = await client.request(Prove, { run });
    await client.request(Stop, { run: begun.fixed });
    const interrupted = await verdict(client, run);
    assert.equal(interrupted.state, 'interrupted');
    assert.match(
      interrupted.message ?? '',
      /^The proof was interrupted\. .* is stopped at step \d+\. Prove it again\.$/,
    );
    const { proof: again } = await client.request(Prove, { run });
    assert.notEqual(again.fixed, begun.fixed);
    await client.request(Stop, { run: again.fixed });
    await client.request(Remove, { run: again.fixed });
    assert.equal((await verdict(client, run)).state, 'interrupted');
  });

  it('refuses a run without a fix, and a run that is not there', async (t) => {
    const client = await connect(t, temporaryFolder(t));
    const { run } = await train(client, 'steps=10');
    await untilEnd(client, run);
    await assert.rejects(client.request(Prove, { run }), refused(ErrorCode.notAllowedNow));
    await assert.rejects(client.request(Prove, { run, rule: 'stalled' }), /no finding with a fix of rule stalled/);
    await assert.rejects(client.request(Prove, { run: 'nobody' }), refused(ErrorCode.noSuchRun));
    await assert.rejects(client.request(Prove, { rule: 5, run } as never), /`rule` must be a string/);
  });
});

describe('a proof of a file', () => {
  const subject = (text: string) =>
    ({ file: '/somewhere/a.rectiscope.yaml', text, backend: 'auto', device: 'auto' }) as const;

  it('trains both to the end, and reports if there is no significant difference', async (t) => {
    const client = await connect(t, temporaryFolder(t));
    // A rate that `check` calls too high; the counting trainer does the same at any rate.
    const text = runFile('steps=60').replace('learning_rate: 0.01', 'learning_rate: 5');
    const { proof: begun, runs } = await client.request(Prove, subject(text));
    assert.equal(begun.fixes[0]?.rule, 'learning-rate-too-high');
    const proof = await verdict(client, begun.run);
    assert.deepEqual(
      [proof.state, proof.outcome, proof.early, proof.decided_at],
      ['decided', 'no difference', false, 60],
    );
    for (const { run } of runs) assert.equal((await untilEnd(client, run)).state, 'finished');
  });

  it('is interrupted if the file can’t be trained', async (t) => {
    const client = await connect(t, temporaryFolder(t));
    const text = runFile('steps=60 failAt=30').replace('learning_rate: 0.01', 'learning_rate: 5');
    const { proof: begun } = await client.request(Prove, subject(text));
    const proof = await verdict(client, begun.run);
    assert.equal(proof.state, 'interrupted');
    assert.match(proof.message ?? '', /is failed at step \d+: The data is bad: mend it\./);
    assert.equal((await untilEnd(client, begun.fixed)).state, 'stopped');
  });

  it('refuses a file with mistakes, with their places, and one with nothing to fix', async (t) => {
    const client = await connect(t, temporaryFolder(t));
    const wrong = client.request(Prove, subject(runFile('a').replace('batch_size', 'batchsize')));
    await assert.rejects(wrong, /^.*a\.rectiscope\.yaml:5:\d+: /);
    await assert.rejects(client.request(Prove, subject(runFile('a'))), /finds nothing to fix/);
  });
});
