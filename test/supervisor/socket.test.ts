import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { connectToServer } from '../../server/client/connect.ts';
import { Runs } from '../../server/protocol/requests.ts';
import { knownSockets, makePrivateFolder, rememberSocket, socketPath } from '../../server/system/socket.ts';
import { HANG_MS } from '../support/hang.ts';
import { connect, spawnServerProcess, temporaryFolder, testArguments, until } from '../support/training-server.ts';

const mode = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);

const linux = {
  platform: 'linux',
  runtimeFolder: undefined,
  temporaryFolder: '/tmp',
  user: '1000',
  notes: '',
} as const;

describe('the socket', () => {
  for (const mask of [0o000, 0o002, 0o022, 0o077]) {
    it(`can be opened by its user alone under umask ${mask.toString(8).padStart(3, '0')}`, async (t) => {
      if (process.platform === 'win32') return t.skip('named pipes have no mode');
      const runtime = temporaryFolder(t);
      const home = join(temporaryFolder(t), 'store');
      chmodSync(runtime, 0o755);
      const before = { umask: process.umask(mask), runtime: process.env['XDG_RUNTIME_DIR'] };
      process.env['XDG_RUNTIME_DIR'] = runtime;
      try {
        const client = await connect(t, home);
        const { socket } = client.server;
        assert.equal(dirname(dirname(socket)), runtime);
        assert.deepEqual([mode(dirname(socket)), mode(socket)], ['700', '600']);
        if (process.getuid?.() === 0) assert.equal(codeForOther(socket), 'EACCES');
        else t.diagnostic('not tried as another user: that takes root');
      } finally {
        process.umask(before.umask);
        if (before.runtime === undefined) delete process.env['XDG_RUNTIME_DIR'];
        else process.env['XDG_RUNTIME_DIR'] = before.runtime;
      }
    });
  }

  it('has a path under 100 bytes however deep the store, different for each store and user', () => {
    const deep = `/home/${'somebody/'.repeat(100)}.rectiscope`;
    assert.ok(Buffer.byteLength(socketPath(deep, linux)) < 100);
    assert.match(socketPath(deep, linux), /^\/tmp\/rectiscope-1000\/[0-9a-f]{16}\.sock$/);
    const longTemporary = { ...linux, temporaryFolder: `/${'long'.repeat(30)}` };
    assert.match(socketPath(deep, longTemporary), /^\/tmp\/rectiscope-1000\//);
    assert.notEqual(socketPath('/a', linux), socketPath('/b', linux));
    assert.notEqual(socketPath('/a', linux), socketPath('/a', { ...linux, user: '1001' }));
    assert.match(socketPath('/a', { ...linux, runtimeFolder: '/not there' }), /^\/tmp\//);
  });

  it('is a pipe of a name that nobody can guess on Windows, believed while its server lives', (t) => {
    const place = { ...linux, platform: 'win32', notes: join(temporaryFolder(t), 'pipes') } as const;
    const home = temporaryFolder(t);
    const pipe = socketPath(home, place);
    assert.match(pipe, /^\\\\\.\\pipe\\rectiscope-[0-9a-f]{32}$/);
    assert.notEqual(socketPath(home, place), pipe);
    assert.deepEqual(knownSockets(home, place), []);
    rememberSocket(home, pipe, place);
    assert.deepEqual(knownSockets(home, place), [pipe]);
    assert.deepEqual(knownSockets(join(home, 'other'), place), []);
    // The note of a server that is gone, and one that a copied store brought along.
    const [note = ''] = readdirSync(place.notes);
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(join(place.notes, note), JSON.stringify({ pipe, pid }));
    assert.deepEqual(knownSockets(home, place), []);
  });

  it('is not put into a folder of somebody else, a link, or a file; a folder of ours is closed to others', (t) => {
    const folder = temporaryFolder(t);
    const at = (name: string) => join(folder, name);
    mkdirSync(at('real'));
    symlinkSync(at('real'), at('link'));
    writeFileSync(at('file'), '');
    mkdirSync(at('open'), { mode: 0o777 });
    chmodSync(at('open'), 0o777);
    assert.throws(() => makePrivateFolder(at('link')), /is a symbolic link\. Remove it, or set XDG_RUNTIME_DIR/);
    assert.throws(() => makePrivateFolder(at('file')));
    makePrivateFolder(at('open'));
    assert.equal(mode(at('open')), '700');
    if (process.getuid?.() !== 0) return t.diagnostic('not tried with a folder of another user: that takes root');
    mkdirSync(at('foreign'));
    spawnSync('chown', ['65534', at('foreign')]);
    assert.throws(() => makePrivateFolder(at('foreign')), /belongs to user 65534/);
  });

  it('is found by clients that would look elsewhere, but not through a note that points into an open folder', async (t) => {
    const home = temporaryFolder(t);
    const { server } = await connect(t, home);
    const runtime = process.env['XDG_RUNTIME_DIR'];
    process.env['XDG_RUNTIME_DIR'] = temporaryFolder(t);
    try {
      assert.deepEqual(knownSockets(home), [server.socket, socketPath(home)]);
      const client = await connectToServer({ home, start: false });
      assert.equal(client?.server.pid, server.pid);
      client?.dispose();
      const open = temporaryFolder(t);
      chmodSync(open, 0o755);
      rememberSocket(home, join(open, 'trap.sock'));
      assert.deepEqual(knownSockets(home), [socketPath(home)]);
      writeFileSync(join(home, 'server.json'), '{');
      assert.deepEqual(knownSockets(home), [socketPath(home)]);
    } finally {
      if (runtime === undefined) delete process.env['XDG_RUNTIME_DIR'];
      else process.env['XDG_RUNTIME_DIR'] = runtime;
    }
  });

  it('is restored if it was deleted; connected clients stay', async (t) => {
    const home = temporaryFolder(t);
    const client = await connect(t, home);
    unlinkSync(client.server.socket);
    await until(() => existsSync(client.server.socket), 'the socket is back');
    assert.deepEqual(await client.request(Runs), []);
    const second = await connectToServer({ home, start: false });
    assert.equal(second?.server.pid, client.server.pid);
    second?.dispose();
  });

  it('of another store’s dead server is cleaned up by who comes after', {
    skip: process.platform === 'win32',
  }, async (t) => {
    const dead = temporaryFolder(t);
    const first = await spawnServerProcess(t, dead);
    first.kill('SIGKILL');
    await until(() => first.signalCode !== null, 'it is dead');
    const { socket } = JSON.parse(readFileSync(join(dead, 'server.json'), 'utf8')) as { socket: string };
    utimesSync(socket, 1, 1);
    await connect(t, temporaryFolder(t));
    await until(() => !existsSync(socket), 'its socket is gone');
  });

  it('and the store’s folder are their owner’s alone, also under umask 000', {
    skip: process.platform === 'win32',
  }, async (t) => {
    const home = join(temporaryFolder(t), 'new', 'store');
    const before = process.umask(0);
    try {
      await connect(t, home);
    } finally {
      process.umask(before);
    }
    assert.equal(statSync(home).mode & 0o777, 0o700);
  });

  it('of a dead server is no hindrance', async (t) => {
    const home = temporaryFolder(t);
    const first = await spawnServerProcess(t, home);
    first.kill('SIGKILL');
    await until(() => first.signalCode !== null, 'it is dead');
    const { socket } = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8')) as { socket: string };
    assert.ok(existsSync(socket));
    const client = await connect(t, home, { serverArguments: testArguments() });
    assert.equal(client.server.socket, socket);
  });
});

/** What another user gets who tries to connect. */
function codeForOther(socket: string): string {
  const script = `require('node:net').createConnection(${JSON.stringify(socket)})
    .on('connect', () => console.log('connected')).on('error', (error) => console.log(error.code))`;
  // The other user may not enter where Node is installed: drop to him once it runs.
  const dropped = `process.setgid(65534); process.setuid(65534); ${script}`;
  return spawnSync(process.execPath, ['-e', dropped], { encoding: 'utf8', timeout: HANG_MS }).stdout.trim();
}
