import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { connectToServer, ServerNotStarted, stopServer } from '../../server/client/connect.ts';
import { ErrorCode, errorCode, versionMismatch } from '../../server/protocol/errors.ts';
import { Hello, Runs, Shutdown } from '../../server/protocol/requests.ts';
import { makePrivateFolder, socketPath } from '../../server/system/socket.ts';
import { uniforms } from '../support/random.ts';
import {
  connect,
  endProcess,
  exists,
  later,
  temporaryFolder,
  testArguments,
  train,
  until,
  untilEnd,
} from '../support/training-server.ts';

/** Processes that a store's server log says were ready. */
const readyServers = (home: string): number[] =>
  readFileSync(join(home, 'server.log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { message: string; pid: number })
    .filter(({ message }) => message === 'The server is ready')
    .map(({ pid }) => pid);

/** Server processes of a store, ready or not; none if the system does not list them (all but Linux). */
const serversOf = (home: string): string[] =>
  process.platform !== 'linux'
    ? []
    : readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .filter((pid) => {
          try {
            return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`\0--home\0${home}\0`);
          } catch {
            return false;
          }
        });

/** A server of another protocol version, at the place of a store's own. */
async function strangeServer(t: TestContext, home: string): Promise<{ asked: string[] }> {
  const asked: string[] = [];
  const path = socketPath(home);
  makePrivateFolder(dirname(path));
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
    connection.onRequest(Hello, () => {
      throw versionMismatch(7, 1);
    });
    connection.onRequest(Shutdown, () => {
      asked.push('shutdown');
      setImmediate(() => {
        socket.end();
        server.close();
      });
      return null;
    });
    connection.listen();
  }).listen(path);
  later(t, () => server.close());
  await once(server, 'listening');
  return { asked };
}

describe('connecting to the server of a store', () => {
  it('starts nothing if it only looks for a server', async (t) => {
    const folder = temporaryFolder(t);
    assert.equal(await connectToServer({ home: folder, start: false }), undefined);
    assert.equal(await connectToServer({ home: join(folder, 'none'), start: false }), undefined);
    assert.equal(await stopServer(folder), false);
    assert.equal(await stopServer(join(folder, 'none')), false);
  });

  it('lets exactly one server win if two are started at once (20 rounds, seed 6)', async (t) => {
    const uniform = uniforms(6);
    let rivals = 0;
    for (let round = 0; round < 20; round++) {
      const home = temporaryFolder(t);
      const start = async (delay: number) => {
        await sleep(delay);
        return await connectToServer({ home, start: true, idleSeconds: 30, serverArguments: testArguments() });
      };
      const clients = await Promise.all([start(0), start(uniform() * 60)]);
      const [first, second] = clients.map(({ server }) => server.pid);
      assert.equal(first, second, `round ${round}`);
      // The loser leaves when it sees the winner; were that one killed before, it would rightly take over.
      await until(() => serversOf(home).length <= 1, 'the loser has left');
      assert.deepEqual(readyServers(home), [first], `round ${round}`);
      const said = readFileSync(join(home, 'server.out'), 'utf8');
      if (/in use by another server/.test(said)) rivals++;
      for (const client of clients) {
        assert.deepEqual(await client.request(Runs), []);
        client.dispose();
      }
      await endProcess(first as number);
    }
    t.diagnostic(`in ${rivals} of 20 rounds the loser had come as far as the lock`);
  });

  it('ends an unused server, not one with a run or a client', async (t) => {
    const home = temporaryFolder(t);
    const client = await connect(t, home, { idleSeconds: 0.4 });
    const { pid } = client.server;
    await sleep(1500);
    assert.ok(exists(pid), 'it is looked at');
    await train(client, 'steps=500 pause=5');
    client.dispose();
    await sleep(1500);
    assert.ok(exists(pid), 'it works');
    await until(() => !exists(pid), 'it ends');
    const next = await connect(t, home);
    const [summary] = await next.request(Runs);
    assert.equal((await untilEnd(next, summary?.run ?? '')).state, 'finished');
  });

  it('reports why a server does not come up, with its output', async (t) => {
    const home = temporaryFolder(t);
    writeFileSync(join(home, 'rectiscope.db'), 'no database at all, but some text of more than a page'.repeat(100));
    await assert.rejects(connectToServer({ home, start: true }), (error: Error) => {
      assert.ok(error instanceof ServerNotStarted);
      assert.match(error.message, /could not be started: it ended with code 1\.\nThe run store .* is damaged/);
      return true;
    });
    const folder = temporaryFolder(t);
    await assert.rejects(
      connectToServer({ home: folder, start: true, serverArguments: ['--nonsense'] }),
      /Unknown option '--nonsense'/,
    );
  });

  it('does not wait forever', async (t) => {
    const home = temporaryFolder(t);
    await assert.rejects(
      connectToServer({ home, start: true, patience: 0, serverArguments: testArguments() }),
      /it did not answer in time/,
    );
    // The server that was too slow for this client comes up for the next.
    await connect(t, home);
  });

  it('refuses a server of another version, which can still be stopped', async (t) => {
    const home = temporaryFolder(t);
    const strange = await strangeServer(t, home);
    await assert.rejects(connectToServer({ home, start: true }), (error) => {
      assert.equal(errorCode(error), ErrorCode.versionMismatch);
      return true;
    });
    assert.equal(await stopServer(home), true);
    assert.deepEqual(strange.asked, ['shutdown']);
  });

  it('stops a server: it has exited when that is reported, and the next one starts at once', async (t) => {
    const home = temporaryFolder(t);
    const first = await connect(t, home);
    assert.equal(await stopServer(home), true);
    const second = await connect(t, home);
    assert.notEqual(first.server.pid, second.server.pid);
    await until(() => !exists(first.server.pid), 'the first has ended');
  });

  it('follows a link to the store', async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    const client = await connect(t, join(folder, 'link'));
    const other = await connectToServer({ home: join(folder, 'real'), start: false });
    assert.equal(other?.server.pid, client.server.pid);
    other?.dispose();
  });
});
