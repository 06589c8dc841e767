/** Commands that follow a run outlast the training server: it is killed in the middle, and no line is lost or doubled. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectToServer, stopServer } from '../../server/client/connect.ts';
import { lossesUpTo } from '../fixtures/trainers/weights.ts';
import {
  connect,
  endProcess,
  later,
  temporaryFolder,
  testArguments,
  train,
  until,
} from '../support/training-server.ts';

const follower = fileURLToPath(new URL('../fixtures/follow-run.ts', import.meta.url));

interface Line {
  readonly event: string;
  readonly step: number;
  readonly loss?: number;
  readonly first_step?: number;
  readonly state?: string;
}

/** A process that follows a run as `train --json` does. */
function startFollower(t: TestContext, home: string, run: string) {
  const child: ChildProcess = spawn(process.execPath, [follower, home, run, JSON.stringify(testArguments())], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  later(t, () => child.kill('SIGKILL'));
  const lines: Line[] = [];
  const messages: string[] = [];
  if (!child.stdout || !child.stderr) throw new Error('no pipes');
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as Line));
  createInterface(child.stderr).on('line', (line) => messages.push(line));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  const reaches = (step: number) =>
    until(() => lines.some((line) => line.event === 'step' && line.step >= step), `step ${step} is told`);
  return { child, lines, messages, exit, reaches };
}

/** Kill the server of a store as `kill -9` does. The next one is ended after the test. */
async function killServer(t: TestContext, home: string): Promise<void> {
  const client = await connectToServer({ home, start: false });
  assert.ok(client);
  client.dispose();
  later(t, () => stopServer(home));
  await endProcess(client.server.pid);
}

const of = (lines: readonly Line[], event: string): Line[] => lines.filter((line) => line.event === event);

function assertEveryLineOnce(lines: readonly Line[], steps: number): void {
  assert.deepEqual(
    of(lines, 'step').map(({ step }) => step),
    Array.from({ length: steps }, (_, i) => i + 1),
  );
  assert.deepEqual(
    of(lines, 'step').map(({ loss }) => loss),
    lossesUpTo(steps),
  );
  assert.deepEqual(
    of(lines, 'probe').map(({ step }) => step),
    Array.from({ length: Math.floor(steps / 5) }, (_, i) => 5 * (i + 1)),
  );
  assert.deepEqual(
    of(lines, 'evaluation').map(({ step }) => step),
    Array.from({ length: Math.floor(steps / 20) }, (_, i) => 20 * (i + 1)),
  );
  assert.equal(of(lines, 'queued').length, 1);
  assert.deepEqual(of(lines, 'end').length, 1);
  assert.equal(lines.at(-1)?.event, 'end');
}

describe('following a run', () => {
  it('outlasts a server that is killed twice, without losing or doubling a line', async (t) => {
    const home = temporaryFolder(t);
    const { run } = await train(await connect(t, home), 'steps=160 save=20 pause=15');
    const { lines, messages, exit, reaches } = startFollower(t, home, run);
    for (const step of [30, 90]) {
      await reaches(step);
      await killServer(t, home);
      await reaches(step + 25);
    }
    assert.equal(await exit, 0, messages.join('\n'));
    assertEveryLineOnce(lines, 160);
    assert.equal(messages.filter((line) => /server had died and was restarted/.test(line)).length, 2);
    // Where each trainer began is news.
    assert.equal(of(lines, 'started').length, 3);
  });

  it('stops after a checkpoint on Ctrl-C, also after the server was killed', async (t) => {
    const home = temporaryFolder(t);
    const { run } = await train(await connect(t, home), 'steps=100000 save=20 pause=5');
    const { child, lines, messages, exit, reaches } = startFollower(t, home, run);
    await reaches(30);
    await killServer(t, home);
    // Beyond all that was reported before: a run that is stopped on its way back there ends at a step that was reported already.
    await reaches((of(lines, 'step').at(-1)?.step ?? 30) + 30);
    // One Ctrl-C comes twice, from the terminal and through npm.
    child.kill('SIGINT');
    child.kill('SIGINT');
    assert.equal(await exit, 130, messages.join('\n'));
    assert.equal(lines.at(-1)?.state, 'stopped');
    assertEveryLineOnce(lines, lines.at(-1)?.step ?? 0);
  });

  it('stops a run whose server is killed during the request', async (t) => {
    const home = temporaryFolder(t);
    const { run } = await train(await connect(t, home), 'steps=100000 save=20 pause=5');
    const { child, lines, messages, exit, reaches } = startFollower(t, home, run);
    await reaches(30);
    const killed = killServer(t, home);
    child.kill('SIGINT');
    await killed;
    assert.equal(await exit, 130, messages.join('\n'));
    assert.equal(lines.at(-1)?.state, 'stopped');
  });

  it('does not restart a server that was stopped, and says how to continue', async (t) => {
    const home = temporaryFolder(t);
    const { run } = await train(await connect(t, home), 'steps=100000 save=20 pause=5');
    const { messages, exit, reaches } = startFollower(t, home, run);
    await reaches(30);
    await stopServer(home);
    assert.equal(await exit, 1);
    assert.match(messages.join('\n'), /has stopped\. Runs continue when it restarts: `(npx )?rectiscope server start`/);
    assert.equal(await connectToServer({ home, start: false }), undefined);
  });
});
