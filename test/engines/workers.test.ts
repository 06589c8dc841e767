/** Runs on other machines: two workers on loopback, and in network namespaces where the system lets us make some. */

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { HANG_MS } from '../support/hang.ts';
import { isStep, type outcome, runFile, uninterrupted, withRun } from '../support/tiny-run.ts';
import {
  freePort,
  type LentWorker,
  noWorkers,
  startWorker,
  stopWorker,
  withWorkers,
} from '../support/worker-servers.ts';

const STEPS = 8;
type Outcome = ReturnType<typeof outcome>;

const onWorkers = (workers: readonly string[], change: Parameters<typeof runFile>[0] = {}): Promise<Outcome> =>
  uninterrupted('tensorflow', runFile({ steps: STEPS, workers, ...change }));

/** Sums of sixteen examples in another order: a few units of the 24-bit mantissa, grown over eight steps. */
function assertSame(actual: Outcome, expected: Outcome): void {
  assert.equal(actual.steps.length, expected.steps.length);
  for (const [i, { loss }] of expected.steps.entries())
    assert.ok(Math.abs(Number(actual.steps[i]?.loss) / Number(loss) - 1) < 1e-5, `loss of step ${i + 1}`);
  assert.equal(actual.probes.length, expected.probes.length);
  for (const [i, { layers }] of expected.probes.entries())
    for (const [l, layer] of layers.entries())
      for (const key of ['gradient_norm', 'weight_norm', 'update_ratio', 'activation_rms', 'dead_fraction'] as const)
        assert.ok(
          Math.abs(Number(actual.probes[i]?.layers[l]?.[key]) - Number(layer[key])) <=
            1e-5 * Math.abs(Number(layer[key])),
          `${layer.name} ${key}`,
        );
  for (const [i, { loss, top1 }] of expected.evaluations.entries()) {
    assert.ok(Math.abs(Number(actual.evaluations[i]?.loss) / Number(loss) - 1) < 1e-5, `evaluation ${i}`);
    assert.equal(actual.evaluations[i]?.top1, top1);
  }
}

const one = await (noWorkers === false
  ? uninterrupted('tensorflow', runFile({ steps: STEPS, replicas: 1 }))
  : undefined);

describe('two workers', { skip: noWorkers }, () => {
  it('train, probe and evaluate as one replica here does, dropout included', { timeout: HANG_MS }, () =>
    withWorkers(async (workers) => {
      const addresses = workers.map(({ address }) => address);
      if (!one) throw new Error('no reference');
      assertSame(await onWorkers(addresses), one);
      // Uneven shares: three parts, two of them on the first worker.
      assertSame(await onWorkers(addresses, { replicas: 3 }), one);
      // Two runs in a row on the same workers do not see each other's variables: the same bits again.
      assert.deepEqual(await onWorkers(addresses), await onWorkers(addresses));
    }),
  );

  it('one killed in mid-step interrupts the run, which goes on with what there is', { timeout: HANG_MS }, () =>
    withWorkers(async ([first, second]) => {
      if (!first || !second) throw new Error('no workers');
      const text = runFile({ steps: 400, workers: [first.address, second.address] });
      const left = runFile({ steps: 400, workers: [first.address] });
      await withRun(async (store) => {
        let killed = false;
        const { end, failed } = await store.live({
          backend: 'tensorflow',
          onMessage: (message) => {
            if (killed || !isStep(message, 20)) return;
            killed = true;
            process.kill(second.pid, 'SIGKILL');
          },
        });
        assert.equal(end, undefined);
        assert.equal(failed?.state, 'interrupted');
        assert.match(failed?.message ?? '', new RegExp(`The worker ${second.address} was lost during the run`));
        assert.match(failed?.message ?? '', /rectiscope resume r-1 --set "train\.workers=\[/);
        const reached = store.storedStep;
        assert.ok(reached >= 16);

        const again = await store.live({ backend: 'tensorflow' });
        assert.equal(again.failed?.state, 'interrupted');
        assert.match(
          again.failed?.message ?? '',
          new RegExp(`The worker ${second.address} does not answer: nothing listens`),
        );
        assert.equal(store.storedStep, reached);

        // Both parts of the batch on the worker that is left.
        const { end: done } = await store.live({ backend: 'tensorflow', text: left });
        assert.equal(done?.state, 'finished');
        assert.equal(store.storedStep, 400);
        assert.equal(store.of('started').at(-1)?.parts, 2);
      }, text);
    }),
  );

  it('the first killed, which has the variables, interrupts the run, too', { timeout: HANG_MS }, () =>
    withWorkers(async ([first, second]) => {
      if (!first || !second) throw new Error('no workers');
      await withRun(
        async (store) => {
          let killed = false;
          const { failed } = await store.live({
            backend: 'tensorflow',
            onMessage: (message) => {
              if (killed || !isStep(message, 20)) return;
              killed = true;
              process.kill(first.pid, 'SIGKILL');
            },
          });
          assert.equal(failed?.state, 'interrupted');
          assert.match(failed?.message ?? '', new RegExp(`The worker ${first.address} was lost`));
          // On this machine alone.
          const { end } = await store.live({ backend: 'tensorflow', text: runFile({ steps: 400 }) });
          assert.equal(end?.state, 'finished');
        },
        runFile({ steps: 400, workers: [first.address, second.address] }),
      );
    }),
  );

  it(
    'one that stands still, with its connections open, is found, though TensorFlow waits for it',
    { timeout: HANG_MS },
    () =>
      withWorkers(async ([first, second]) => {
        if (!first || !second) throw new Error('no workers');
        await withRun(
          async (store) => {
            let stopped = false;
            const { failed } = await store.live({
              backend: 'tensorflow',
              onMessage: (message) => {
                if (stopped || !isStep(message, 20)) return;
                stopped = true;
                process.kill(second.pid, 'SIGSTOP');
              },
            });
            process.kill(second.pid, 'SIGCONT');
            assert.equal(failed?.state, 'interrupted');
            assert.match(failed?.message ?? '', new RegExp(`The worker ${second.address} was lost.*no answer within`));
          },
          runFile({ steps: 4000, workers: [first.address, second.address] }),
        );
      }),
  );
});

describe('a trainer whose workers are gone when it has trained', { skip: noWorkers }, () => {
  it('ends all the same', { timeout: HANG_MS }, () =>
    withWorkers(async (workers) => {
      await withRun(
        async (store) => {
          const { end } = await store.live({
            backend: 'tensorflow',
            // Before it has let go of its session: it waits for the answer to its last commit.
            kill: (message) => {
              const isEnd = message.type === 'events' && message.events.some(({ event }) => event === 'end');
              if (isEnd) for (const { pid } of workers) process.kill(pid, 'SIGKILL');
              return false;
            },
          });
          assert.equal(end?.state, 'finished');
        },
        runFile({ steps: STEPS, workers: workers.map(({ address }) => address) }),
      );
    }),
  );
});

describe('workers that are not there', { skip: noWorkers }, () => {
  it('are named at the start, with their place in the run file', { timeout: HANG_MS }, async () => {
    const workers = [`127.0.0.1:${await freePort()}`];
    await withRun(async (store) => {
      const { failed } = await store.live({ backend: 'tensorflow' });
      assert.match(failed?.message ?? '', /rectiscope\.yaml:\d+:\d+: The worker 127\.0\.0\.1:\d+ does not answer/);
    }, runFile({ workers }));
  });

  it('are refused on onnx', { timeout: HANG_MS }, () =>
    withRun(
      async (store) => {
        const { failed } = await store.live({ backend: 'onnx' });
        assert.equal(failed?.state, undefined);
        assert.match(failed?.message ?? '', /Workers compute on TensorFlow.*--backend onnx/);
      },
      runFile({ workers: ['127.0.0.1:1'] }),
    ),
  );
});

/** Two network namespaces joined by a virtual cable; undefined if the system does not let us. */
function namespaces(): string | undefined {
  const { status, stderr } = spawnSync('unshare', ['-n', 'ip', 'link'], { encoding: 'utf8' });
  return status === 0
    ? undefined
    : `NOT TESTED: workers between network namespaces: ${stderr?.trim() || 'no `unshare -n`'}`;
}

describe('workers in network namespaces of their own', { skip: noWorkers || namespaces() || false }, () => {
  it('train as one replica here does', { timeout: HANG_MS }, async () => {
    if (!one) throw new Error('no reference');
    const id = process.pid;
    const ip = (...words: string[]) => execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
    const names = [0, 1].map((i) => `rectiscope-${id}-${i}`);
    // Of a block for measurements between networks (RFC 2544), so that no network of this machine is in the way.
    const host = (i: number) => `198.19.77.${i + 1}`;
    const workers: LentWorker[] = [];
    try {
      for (const [i, name] of names.entries()) {
        ip('netns', 'add', name);
        ip('link', 'add', `rs${id}-${i}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
      }
      ip('link', 'add', `rsb${id}`, 'type', 'bridge');
      ip('addr', 'add', `${host(9)}/24`, 'dev', `rsb${id}`);
      ip('link', 'set', `rsb${id}`, 'up');
      for (const [i, name] of names.entries()) {
        ip('link', 'set', `rs${id}-${i}`, 'master', `rsb${id}`, 'up');
        ip('-n', name, 'addr', 'add', `${host(i)}/24`, 'dev', 'eth0');
        ip('-n', name, 'link', 'set', 'eth0', 'up');
        ip('-n', name, 'link', 'set', 'lo', 'up');
      }
      for (const [i, name] of names.entries())
        workers.push(
          await startWorker(`${host(i)}:7001`, {
            before: ['ip', 'netns', 'exec', name],
            options: ['--anyone-may-run-code'],
          }),
        );
      assertSame(await onWorkers(workers.map(({ address }) => address)), one);
    } finally {
      await Promise.all(workers.map(stopWorker));
      for (const i of [0, 1]) spawnSync('ip', ['link', 'del', `rs${id}-${i}`]);
      spawnSync('ip', ['link', 'del', `rsb${id}`]);
      for (const name of names) spawnSync('ip', ['netns', 'del', name]);
    }
  });
});
