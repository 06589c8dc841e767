/** `rectiscope worker`: what it refuses, what it says, how it ends. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, it } from 'node:test';
import { workerStatus } from '../../server/engines/tensorflow/worker-status.ts';
import { processFile } from '../../server/system/processes.ts';
import { HANG_MS } from '../support/hang.ts';
import { freePort, noWorkers, startWorker, stopWorker } from '../support/worker-servers.ts';

const worker = (...words: string[]) => {
  const { status, stderr } = spawnSync(process.execPath, [processFile('cli'), 'worker', ...words], {
    encoding: 'utf8',
  });
  return { status, stderr };
};

describe('a worker', () => {
  for (const [listen, expected] of [
    ['7001', /expected HOST:PORT/],
    ['127.0.0.1:70000', /expected HOST:PORT/],
    ['300.0.0.1:7001', /expected HOST:PORT/],
    ['0.0.0.0:7001', /can be reached by other machines.*no authentication.*SSH tunnel.*--anyone-may-run-code/],
    ['192.168.0.1:7001', /--anyone-may-run-code/],
  ] as const)
    it(`is refused on ${listen}`, () => {
      const { status, stderr } = worker('--listen', listen);
      assert.equal(status, 2);
      assert.match(stderr, expected);
    });

  it('takes no port that is taken, and no address of another machine', { skip: noWorkers }, async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const taken = worker('--listen', `127.0.0.1:${port}`);
    server.close();
    assert.equal(taken.status, 2);
    assert.match(taken.stderr, new RegExp(`Port ${port} is taken`));
    // Of the block for documentation (RFC 5737).
    const foreign = worker('--listen', '203.0.113.7:7001', '--anyone-may-run-code');
    assert.equal(foreign.status, 2);
    assert.match(foreign.stderr, /203\.0\.113\.7 is not an address of this machine/);
  });

  it('answers on its address and on no other, and ends by Ctrl-C', { skip: noWorkers, timeout: HANG_MS }, async () => {
    const port = await freePort();
    const lent = await startWorker(`127.0.0.1:${port}`);
    assert.deepEqual(await workerStatus(`127.0.0.1:${port}`, 5000), { gpu: false });
    const others = Object.values(networkInterfaces())
      .flatMap((one) => one ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal);
    for (const { address } of others)
      assert.match((await workerStatus(`${address}:${port}`, 5000)).problem ?? '', /nothing listens/);
    assert.equal(await stopWorker(lent), 0);
    assert.match((await workerStatus(`127.0.0.1:${port}`, 5000)).problem ?? '', /nothing listens/);
    assert.throws(() => process.kill(lent.pid, 0), { code: 'ESRCH' });
  });

  it('is told from something else that listens', { timeout: HANG_MS }, async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { problem } = await workerStatus(`127.0.0.1:${port}`, 5000);
    server.close();
    assert.match(problem ?? '', /not `rectiscope worker`|closed the connection/);
  });
});
