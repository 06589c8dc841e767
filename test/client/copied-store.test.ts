/** A server is believed only for the very folder that it serves: copies, moved folders, links and mounts of a store. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type Client, connectToServer, stopServer } from '../../server/client/connect.ts';
import { rememberAddress, rememberedAddress } from '../../server/panel/address.ts';
import { Annotate, Remove, Runs } from '../../server/protocol/requests.ts';
import {
  connect,
  endProcess,
  exists,
  later,
  show,
  temporaryFolder,
  train,
  until,
  untilEnd,
  untilStep,
} from '../support/training-server.ts';

const names = async (client: Client): Promise<string[]> => (await client.request(Runs)).map(({ name }) => name);

/** A store with a run that has ended, its server still there, and a copy of it. */
async function original(t: TestContext): Promise<{ home: string; copy: string; client: Client; run: string }> {
  const folder = temporaryFolder(t);
  const home = join(folder, 'original');
  mkdirSync(home);
  const client = await connect(t, home);
  const { run } = await train(client, 'steps=20 save=10');
  await untilEnd(client, run);
  const copy = join(folder, 'copy');
  cpSync(home, copy, { recursive: true });
  return { home, copy, client, run };
}

describe('a copied store', () => {
  for (const [note, prepare] of [
    ['its note of the server', () => undefined],
    [
      'the note of an older version, which does not say of which folder it is',
      (copy: string) => {
        const { folder: _, ...older } = JSON.parse(readFileSync(join(copy, 'server.json'), 'utf8'));
        writeFileSync(join(copy, 'server.json'), JSON.stringify(older));
      },
    ],
  ] as const)
    it(`has a server of its own, with ${note}: what is asked of it leaves the original alone`, async (t) => {
      const { home, copy, client, run } = await original(t);
      prepare(copy);
      assert.equal(await connectToServer({ home: copy, start: false }), undefined, 'the original’s is not taken');
      assert.equal(await stopServer(copy), false);
      assert.ok(exists(client.server.pid), 'the original’s server goes on');
      const other = await connect(t, copy);
      assert.notEqual(other.server.pid, client.server.pid);
      assert.equal(other.server.home, copy);
      await other.request(Annotate, { run, name: 'other' });
      assert.deepEqual(await names(client), ['steps=20 save=10']);
      await other.request(Remove, { run });
      assert.deepEqual(await names(other), []);
      assert.deepEqual(await names(client), ['steps=20 save=10']);
      assert.ok(existsSync(join(home, 'runs', run, 'trainer.log')));
    });

  it('leaves the trainer of the original alone, and goes on with its own', async (t) => {
    const folder = temporaryFolder(t);
    const home = join(folder, 'original');
    mkdirSync(home);
    const client = await connect(t, home);
    const { run } = await train(client, 'steps=1500 save=20 pause=5');
    await untilStep(client, run, 60);
    const copy = join(folder, 'copy');
    // At rest while it is copied, as a backup would see to: the trainer waits for its server.
    process.kill(client.server.pid, 'SIGSTOP');
    cpSync(home, copy, { recursive: true });
    process.kill(client.server.pid, 'SIGCONT');
    const other = await connect(t, copy);
    assert.equal((await untilEnd(other, run)).state, 'finished');
    assert.equal((await untilEnd(client, run)).state, 'finished');
    const { notices } = await show(client, run);
    assert.deepEqual(notices, [], 'nothing happened to the original');
  });

  it('does not take over the address of the original’s panel', async (t) => {
    const home = temporaryFolder(t);
    const copy = join(temporaryFolder(t), 'copy');
    await rememberAddress(home, { port: 4321, token: 'a'.repeat(48) });
    cpSync(home, copy, { recursive: true, preserveTimestamps: true });
    assert.equal(rememberedAddress(home)?.port, 4321);
    assert.equal(rememberedAddress(copy), undefined);
  });
});

describe('a store that is moved while its server runs', () => {
  it('is served anew where it is now; the old server ends', async (t) => {
    const { home, client, run } = await original(t);
    const moved = `${home}-moved`;
    renameSync(home, moved);
    const other = await connect(t, moved);
    assert.notEqual(other.server.pid, client.server.pid);
    assert.equal(other.server.home, moved);
    assert.equal((await other.request(Runs))[0]?.run, run);
    await until(() => !exists(client.server.pid), 'the old server has ended');
  });

  it('is not mistaken for the one that was put in its place', async (t) => {
    const { home, copy, client, run } = await original(t);
    const moved = `${home}-moved`;
    renameSync(home, moved);
    renameSync(copy, home);
    // Asked at once, before it looks by itself.
    await assert.rejects(client.request(Remove, { run }));
    const other = await connect(t, home);
    assert.notEqual(other.server.pid, client.server.pid);
    assert.deepEqual(await names(other), ['steps=20 save=10']);
    for (const place of [home, moved]) assert.ok(existsSync(join(place, 'runs', run, 'trainer.log')));
    await until(() => !exists(client.server.pid), 'the old server has ended');
  });
});

describe('one store by several paths', () => {
  it('has one server through links', async (t) => {
    const { home, client } = await original(t);
    const link = `${home}-link`;
    symlinkSync(home, link);
    assert.equal((await connect(t, link)).server.pid, client.server.pid);
  });

  it('has one server through a mount', async (t) => {
    const { home, client } = await original(t);
    const mount = `${home}-mount`;
    mkdirSync(mount);
    try {
      execFileSync('mount', ['--bind', home, mount], { stdio: 'pipe' });
    } catch {
      return t.skip('NOT TESTED: only root can mount a folder at another place');
    }
    later(t, () => execFileSync('umount', ['-l', mount]));
    const other = await connect(t, mount);
    assert.equal(other.server.pid, client.server.pid);
    await endProcess(client.server.pid, 'SIGTERM');
  });
});
