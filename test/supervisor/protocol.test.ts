import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RequestType } from 'vscode-jsonrpc/node';
import { type Client, ConnectionLost, connectToServer } from '../../server/client/connect.ts';
import { ErrorCode, errorCode } from '../../server/protocol/errors.ts';
import {
  type Delta,
  PROTOCOL_VERSION,
  Resume,
  type RunSummary,
  Runs,
  Subscribe,
  Train,
} from '../../server/protocol/requests.ts';
import { TrainingServer } from '../../server/supervisor/server.ts';
import { uniforms } from '../support/random.ts';
import {
  connect,
  countingTrainer,
  later,
  runFile,
  temporaryFolder,
  train,
  until,
  untilEnd,
} from '../support/training-server.ts';

/** A server in this process: what breaks it breaks the test. */
async function someServer(t: TestContext): Promise<{ server: TrainingServer; home: string; socket: string }> {
  const home = temporaryFolder(t);
  const server = await TrainingServer.start({ home, trainerFile: countingTrainer, patience: { restart: 10 } });
  later(t, () => server.close());
  return { server, home, socket: server.status().socket };
}

async function someClient(t: TestContext, home: string): Promise<Client> {
  const client = await connectToServer({ home, start: false });
  assert.ok(client);
  later(t, () => client.dispose());
  return client;
}

async function raw(t: TestContext, path: string): Promise<Socket> {
  const socket = createConnection(path);
  socket.on('error', () => undefined);
  later(t, () => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

const frame = (body: unknown): string => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};

interface Answer {
  id?: number;
  result?: unknown;
  error?: { code: number; message: string };
  /** Of a notification. */
  method?: string;
  params?: unknown;
}

/** What a socket has answered, message by message. */
function answersOf(socket: Socket): Answer[] {
  const answers: Answer[] = [];
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    for (;;) {
      const [head, length] = /^Content-Length: (\d+)\r\n\r\n/.exec(text) ?? [];
      if (head === undefined || text.length < head.length + Number(length)) return;
      const body = text.slice(head.length, head.length + Number(length));
      answers.push(JSON.parse(Buffer.from(body, 'latin1').toString('utf8')));
      text = text.slice(head.length + Number(length));
    }
  });
  return answers;
}

const closed = async (socket: Socket): Promise<void> => {
  if (!socket.destroyed) await once(socket, 'close');
};

const hello = { jsonrpc: '2.0', id: 0, method: 'hello', params: { protocol: PROTOCOL_VERSION } };

describe('the protocol over a real socket', () => {
  it('closes a connection that sends what is no frame, and only that one', async (t) => {
    const { home, socket: path } = await someServer(t);
    const witness = await someClient(t, home);
    const malformed = [
      'GET / HTTP/1.1\r\n\r\n',
      'Content-Length: -5\r\n\r\n{}',
      'Content-Length: 1e3\r\n\r\n{}',
      'Content-Length: \r\n\r\n',
      'Content-Length: 99999999999999999999\r\n\r\n',
      `Content-Length: ${64 * 1024 * 1024 + 1}\r\n\r\n`,
      'x'.repeat(2000),
      frame('{'),
      frame('null'),
      frame('[]'),
      frame('7'),
      frame('{}'),
      frame({ jsonrpc: '1.0', id: 1, method: 'runs' }),
      frame({ jsonrpc: '2.0', id: {}, method: 'runs' }),
      frame({ jsonrpc: '2.0', id: null, method: 'runs' }),
      frame({ jsonrpc: '2.0', id: 1, method: 7 }),
      frame({ jsonrpc: '2.0', method: '$/cancelRequest' }),
    ];
    for (const text of malformed) {
      const socket = await raw(t, path);
      socket.resume();
      socket.write(text);
      await closed(socket);
    }
    assert.deepEqual(await witness.request(Runs), []);
  });

  it('survives 10,000 frames that are damaged at random (seed 3)', async (t) => {
    const { home, socket: path } = await someServer(t);
    const witness = await someClient(t, home);
    const uniform = uniforms(3);
    const pick = (n: number): number => Math.floor(uniform() * n);
    const sound = [
      hello,
      ...['runs', 'show', 'subscribe', 'stop', 'resume', 'remove', 'unsubscribe', 'train', 'nothing'],
    ].map((one, id) => (typeof one === 'string' ? { jsonrpc: '2.0', id, method: one, params: { run: 'r-1' } } : one));
    let socket = await raw(t, path);
    socket.resume();
    let connections = 1;
    for (let i = 0; i < 10_000; i++) {
      const bytes = Buffer.from(frame(sound[pick(sound.length)]));
      for (let n = pick(3); n > 0; n--) bytes[pick(bytes.length)] = pick(256);
      const from = uniform() < 0.02 ? pick(bytes.length) : 0;
      if (socket.destroyed || !socket.writable) {
        socket = await raw(t, path);
        socket.resume();
        connections++;
      }
      socket.write(bytes.subarray(from));
      if (i % 50 === 0) await sleep(0);
    }
    socket.destroy();
    assert.ok(connections > 50, `${connections} connections`);
    assert.deepEqual(await witness.request(Runs), []);
  });

  it('reads a frame in pieces, many in one piece, and detects half a frame', async (t) => {
    const { socket: path } = await someServer(t);
    const socket = await raw(t, path);
    const answers = answersOf(socket);
    for (const byte of Buffer.from(frame(hello))) {
      socket.write(Buffer.from([byte]));
      if (byte % 7 === 0) await sleep(0);
    }
    await until(() => answers.length === 1, 'an answer');
    socket.write(Array.from({ length: 500 }, (_, i) => frame({ jsonrpc: '2.0', id: i + 1, method: 'runs' })).join(''));
    await until(() => answers.length === 501, 'all answers');
    assert.deepEqual(
      answers.map(({ id }) => id),
      Array.from({ length: 501 }, (_, i) => i),
    );
    socket.end(frame({ jsonrpc: '2.0', id: 1, method: 'runs' }).slice(0, 30));
    await closed(socket);
  });

  it('answers every request, with a code if it can’t be done', async (t) => {
    const { socket: path } = await someServer(t);
    const socket = await raw(t, path);
    const answers = answersOf(socket);
    const ask = async (method: string, params?: unknown) => {
      const count = answers.length;
      socket.write(frame({ jsonrpc: '2.0', id: count, method, ...(params === undefined ? {} : { params }) }));
      await until(() => answers.length > count, `an answer to ${method}`);
      return answers[count];
    };
    const codeOf = async (method: string, params?: unknown) => (await ask(method, params))?.error?.code;
    const invalid = -32602;
    assert.equal(await codeOf('runs'), ErrorCode.notAllowedNow);
    assert.equal(await codeOf('hello', { protocol: 999 }), ErrorCode.versionMismatch);
    assert.equal(await codeOf('hello', { protocol: '1' }), invalid);
    assert.equal(await codeOf('hello'), invalid);
    assert.equal(await codeOf('hello', [1]), invalid);
    assert.equal(await codeOf('hello', { protocol: PROTOCOL_VERSION }), undefined);
    assert.equal(await codeOf('nothing'), -32601);
    assert.equal(await codeOf('__proto__', {}), -32601);
    for (const method of ['show', 'subscribe', 'unsubscribe', 'stop', 'resume', 'remove']) {
      assert.equal(await codeOf(method, { run: 'r-1' }), ErrorCode.noSuchRun, method);
      assert.equal(await codeOf(method, { run: 7 }), invalid, method);
      assert.equal(await codeOf(method, null), invalid, method);
      assert.equal(await codeOf(method), invalid, method);
    }
    const file = { file: '/a.yaml', text: runFile('a'), overrides: [], backend: 'auto', device: 'auto' };
    assert.equal(await codeOf('train', { ...file, backend: 'torch' }), invalid);
    assert.equal(await codeOf('train', { ...file, overrides: [7] }), invalid);
    assert.equal(await codeOf('train', { ...file, text: undefined }), invalid);
    assert.equal(await codeOf('train', { ...file, file: 'a.yaml' }), ErrorCode.badRunFile);
  });

  it('accepts cancellations of pending, answered and unknown requests', async (t) => {
    const { home, socket: path } = await someServer(t);
    const client = await someClient(t, home);
    const { run } = await train(client, 'steps=100000 pause=4 deaf=1');
    const socket = await raw(t, path);
    const answers = answersOf(socket);
    socket.write(frame(hello) + frame({ jsonrpc: '2.0', id: 1, method: 'stop', params: { run } }));
    for (const id of [0, 1, 99, 'x'])
      socket.write(frame({ jsonrpc: '2.0', method: '$/cancelRequest', params: { id } }));
    socket.write(frame({ jsonrpc: '2.0', id: 2, method: 'runs' }));
    await until(() => answers.some(({ id }) => id === 2), 'it goes on');
  });

  it('refuses a bad run file with all of its mistakes, each at its place', async (t) => {
    const { home } = await someServer(t);
    const client = await someClient(t, home);
    const text = runFile('a')
      .replace('epochs: 1', 'epochs: -1')
      .replace('filters', 'x')
      .replace('units: 10', 'unit: 10');
    const params = { file: '/folder/a.yaml', text, overrides: [], backend: 'auto', device: 'auto' } as const;
    await assert.rejects(client.request(Train, { ...params, overrides: [] }), (error: Error) => {
      assert.equal(errorCode(error), ErrorCode.badRunFile);
      assert.match(error.message, /^\/folder\/a\.yaml:4:\d+: .*\n\/folder\/a\.yaml:5:\d+: /);
      return true;
    });
    assert.deepEqual(await client.request(Runs), []);
  });

  it('rejects requests to a server that stops', async (t) => {
    const { home, server } = await someServer(t);
    const client = await someClient(t, home);
    let lost = 0;
    client.onClose(() => lost++);
    const never = client
      .request(new RequestType<object, null, void>('subscribe'), { run: 'r-1' })
      .catch((error) => error);
    await server.close();
    await until(() => lost === 1, 'the close is told');
    assert.ok((await never) instanceof Error);
    await assert.rejects(client.request(Runs), ConnectionLost);
  });

  it('notifies all clients at once when a state changes, and of progress a few times a second', async (t) => {
    const { home } = await someServer(t);
    const clients = [await someClient(t, home), await someClient(t, home)] as const;
    const told: RunSummary[][] = [];
    clients[1].onRunsChanged((runs) => told.push(runs));
    const { run } = await train(clients[0], 'steps=300 pause=4');
    await until(() => told.some(([summary]) => summary?.state === 'running'), 'running is told', 5000);
    const from = { time: performance.now(), count: told.length };
    await untilEnd(clients[0], run);
    const seconds = (performance.now() - from.time) / 1000;
    await until(() => told.some(([summary]) => summary?.state === 'finished'), 'the end is told', 2000);
    assert.ok(told.length - from.count <= 5 * seconds + 4, `${told.length - from.count} in ${seconds} s`);
    assert.ok(told.length - from.count >= Math.min(2, seconds), `${told.length - from.count} in ${seconds} s`);
  });

  it('drops a client that does not read to a gap, keeps memory, and serves the others', async (t) => {
    if (process.platform !== 'linux') return t.skip('only Linux tells the memory of another process');
    const home = temporaryFolder(t);
    const client = await connect(t, home);
    const { pid, socket: path } = client.server;
    const memory = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
    const { run } = await train(client, 'steps=10000 save=2000');
    await untilState(client, run, 'finished');
    // All clients read; the next steps are what the slow one misses.
    const slow = await raw(t, path);
    const answers = answersOf(slow);
    slow.write(frame(hello) + frame({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: { run } }));
    await until(() => answers.length >= 2, 'it is subscribed');
    const before = memory();
    slow.pause();
    // 200 snapshots of 0.7 MB each that it asks for and does not take.
    for (let i = 0; i < 200; i++) slow.write(frame({ jsonrpc: '2.0', id: 10 + i, method: 'show', params: { run } }));
    const sequences: number[] = [(await client.request(Subscribe, { run })).sequence];
    client.onDelta(({ sequence }) => sequences.push(sequence));
    await client.request(Resume, { run, epochs: 100 });
    let most = 0;
    await untilState(client, run, 'finished', () => {
      most = Math.max(most, memory());
    });
    // Ordinary traffic alone takes some 20 MB.
    assert.ok(most - before < 100, `${Math.round(most - before)} MB more than ${Math.round(before)} MB`);
    // The other one has missed nothing.
    assert.ok(sequences.length > 2000);
    assert.deepEqual(
      sequences,
      sequences.map((_, i) => (sequences[0] as number) + i),
    );
    slow.resume();
    const deltas = () => answers.filter(({ method }) => method === 'delta').map(({ params }) => params as Delta);
    await until(() => deltas().at(-1)?.event.event === 'end', 'it has caught up');
    const seen = deltas().map(({ sequence }) => sequence);
    assert.equal(seen.at(-1), sequences.at(-1));
    assert.ok(seen.length < 2000, `${seen.length} of ${sequences.length} deltas came through`);
  });
});

/** Wait for a state without asking for snapshots. */
async function untilState(client: Client, run: string, state: string, look?: () => void): Promise<void> {
  await until(async () => {
    look?.();
    await sleep(50);
    return (await client.request(Runs)).some((one) => one.run === run && one.state === state);
  }, state);
}
