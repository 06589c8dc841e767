/** `rectiscope doctor` from outside: a sound store, and every fault provoked for real. It must change nothing. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { Problem, Report } from '../../server/doctor/examine.ts';
import type { StoreHealth } from '../../server/protocol/health.ts';
import { Health, Hello, PROTOCOL_VERSION, type RunSummary } from '../../server/protocol/requests.ts';
import { knownSockets, makePrivateFolder } from '../../server/system/socket.ts';
import { HANG_MS } from '../support/hang.ts';
import { runFile, writeData } from '../support/tiny-run.ts';
import { endProcess, later, temporaryFolder, until } from '../support/training-server.ts';

const cli = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));

interface Place {
  folder: string;
  home: string;
}

async function rectiscope(
  { folder, home }: Place,
  words: readonly string[],
  { environment = {}, user }: { environment?: NodeJS.ProcessEnv; user?: number } = {},
) {
  const child = spawn(process.execPath, [cli, ...words], {
    cwd: folder,
    env: { ...process.env, RECTISCOPE_HOME: home, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: HANG_MS,
    ...(user !== undefined && { uid: user, gid: user }),
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, stdout, stderr };
}

/** What the doctor says; that it is one object and nothing else, and that each problem is whole. */
async function doctor(place: Place, options: Parameters<typeof rectiscope>[2] = {}): Promise<Report> {
  const { code, stdout, stderr } = await rectiscope(place, ['doctor', '--json'], options);
  assert.equal(stderr, '');
  assert.match(stdout, /^\{.*\}\n$/);
  const report = JSON.parse(stdout) as Report;
  assert.equal(code, report.healthy ? 0 : 1);
  for (const { id, severity, message, advice } of report.problems) {
    assert.match(id, /^[a-z]+(-[a-z]+)*$/);
    assert.match(severity, /^(error|warning|information)$/);
    assert.match(message, /^\S.*[.)]$/s, message);
    assert.match(advice, /^[^\n]+[.:]$/, advice);
  }
  return report;
}

/** Problems other than those of the machine that the test happens to run on. */
const ofStore = ({ problems }: Report): Problem[] =>
  problems.filter(({ id }) => !id.startsWith('runtime-') && id !== 'disk-full');
const idsOf = (report: Report): string[] => ofStore(report).map(({ id }) => id);

/** Every file below a folder, with its content and its time: what must not change. */
function everything(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return files
    .map((name) => {
      const file = join(folder, name);
      const { mtimeMs } = statSync(file);
      return `${name} ${mtimeMs} ${statSync(file).isFile() ? createHash('sha256').update(readFileSync(file)).digest('hex') : ''}`;
    })
    .join('\n');
}

function emptyPlace(t: TestContext): Place {
  const folder = temporaryFolder(t);
  return { folder, home: join(folder, 'home') };
}

const serverPid = async (place: Place): Promise<number> =>
  JSON.parse((await rectiscope(place, ['server', 'start', '--json'])).stdout).pid;

/** A store with a run that was really trained, and whose server has ended. */
async function trainedPlace(t: TestContext): Promise<Place & { run: string }> {
  const place = emptyPlace(t);
  writeData(place.folder);
  writeFileSync(join(place.folder, 'a.rectiscope.yaml'), runFile({ steps: 12 }));
  const { code, stderr } = await rectiscope(place, ['train', 'a.rectiscope.yaml', '--backend', 'onnx', '--json']);
  assert.equal(code, 0, stderr);
  const [{ run }] = JSON.parse(`[${(await rectiscope(place, ['runs', '--json'])).stdout.trim()}]`) as [RunSummary];
  await rectiscope(place, ['server', 'stop']);
  return { ...place, run };
}

/** A place whose store is a copy of a trained one: to train once is enough. */
async function copies(t: TestContext): Promise<() => Place & { run: string }> {
  const { folder, home, run } = await trainedPlace(t);
  let n = 0;
  return () => {
    const copy = join(folder, `copy-${n++}`);
    cpSync(home, copy, { recursive: true });
    return { folder, home: copy, run };
  };
}

const sqlite = (file: string, sql: string): void => {
  const script = `const { DatabaseSync } = require('node:sqlite'); const d = new DatabaseSync(process.argv[1], { enableForeignKeyConstraints: false }); d.exec(process.argv[2]); d.close();`;
  execFileSync(process.execPath, ['-e', script, file, sql]);
};

/** Root may write everywhere: then somebody else is asked. */
const notRoot = (folder: string) =>
  process.getuid?.() === 0 ? { user: 65_534, environment: { HOME: folder, XDG_RUNTIME_DIR: '' } } : {};

describe('rectiscope doctor', () => {
  it('finds nothing wrong if there is no store yet, and creates none', async (t) => {
    const place = emptyPlace(t);
    const report = await doctor(place);
    assert.deepEqual(ofStore(report), []);
    assert.deepEqual(
      { ...report.store, free_bytes: typeof report.store.free_bytes },
      {
        home: place.home,
        from: 'RECTISCOPE_HOME',
        exists: false,
        version: null,
        runs: null,
        free_bytes: 'number',
        server: null,
      },
    );
    const { machine, engines } = report;
    assert.equal(machine.node.version, process.version);
    assert.equal(machine.platform, `${process.platform}-${process.arch}`);
    assert.ok(machine.cores > 0 && machine.memory_bytes > machine.free_memory_bytes);
    assert.equal(engines.onnx.present, true);
    assert.deepEqual(
      engines.devices.map(({ device }) => device),
      ['cpu', 'cuda', 'webgpu'],
    );
    assert.ok(!existsSync(place.home));
  });

  it('finds nothing wrong with a healthy store, through its server or its files, and does not change it', async (t) => {
    const place = await trainedPlace(t);
    const before = everything(place.home);
    const closed = await doctor(place);
    assert.deepEqual(ofStore(closed), []);
    assert.deepEqual(closed.store.runs, { finished: 1 });
    assert.equal(closed.store.server, null);
    assert.equal(everything(place.home), before);

    const pid = await serverPid(place);
    later(t, () => endProcess(pid));
    const served = await doctor(place);
    assert.deepEqual(ofStore(served), []);
    assert.equal(served.store.server?.pid, pid);
    assert.deepEqual(served.store.runs, closed.store.runs);
    assert.equal(served.store.version, closed.store.version);
    const elsewhere = await doctor(place, { environment: { RECTISCOPE_RUNTIME: join(place.folder, 'elsewhere') } });
    assert.deepEqual(idsOf(elsewhere), ['server-runtime']);
    assert.match(
      ofStore(elsewhere)[0]?.message ?? '',
      /^The training server was started with(out)? RECTISCOPE_RUNTIME/,
    );
    const { stdout, code } = await rectiscope(place, ['doctor']);
    assert.match(
      stdout,
      /^Rectiscope \d.*\nmachine .*\nengines .*\ndevices .*\nstore .*version \d+, runs: 1 finished; .*\nserver {3}process \d+/,
    );
    if (code === 0) assert.match(stdout, /\nNothing is wrong\.\n$/);
  });

  it('finds a run whose trainer and server were killed, and the socket that they left', async (t) => {
    const place = emptyPlace(t);
    writeData(place.folder);
    writeFileSync(join(place.folder, 'endless.rectiscope.yaml'), runFile({ steps: 10_000_000 }));
    await rectiscope(place, ['train', 'endless.rectiscope.yaml', '--backend', 'onnx', '--detach']);
    const queued = ['train', 'endless.rectiscope.yaml', '--set', 'name=next', '--backend', 'onnx', '--detach'];
    await rectiscope(place, queued);
    const runs = async () =>
      (await rectiscope(place, ['runs', '--json'])).stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as RunSummary);
    const isTraining = async () => (await runs()).some(({ state, step }) => state === 'running' && step > 8);
    await until(isTraining, 'it trains');
    const pid = await serverPid(place);
    const served = await doctor(place);
    assert.deepEqual(ofStore(served), []);
    assert.deepEqual(served.store.runs, { running: 1, queued: 1 });

    await endProcess(pid);
    let report = await doctor(place);
    // The trainer ends by itself soon after its server.
    await until(async () => {
      report = await doctor(place);
      return idsOf(report).includes('no-trainer');
    }, 'the trainer is gone');
    const before = everything(place.home);
    assert.ok(existsSync(join(place.home, 'rectiscope.db-wal')), 'the log that the server left');
    report = await doctor(place);
    assert.equal(everything(place.home), before);
    assert.deepEqual(idsOf(report), ['no-trainer', 'no-server', 'stale-socket']);
    assert.deepEqual(report.store.runs, { running: 1, queued: 1 });
    assert.equal(ofStore(report)[2]?.path, knownSockets(place.home)[0]);

    // What it advises helps.
    const again = await serverPid(place);
    later(t, () => endProcess(again));
    for (const { run } of await runs()) await rectiscope(place, ['stop', run]);
    assert.deepEqual(ofStore(await doctor(place)), []);
  });

  it('finds what is wrong with a database, and leaves it as it is', async (t) => {
    const copy = await copies(t);
    const cases: { what: string; ids: string[]; spoil: (file: string) => void }[] = [
      { what: 'garbage', ids: ['store-damaged'], spoil: (file) => writeFileSync(file, 'no database '.repeat(1000)) },
      { what: 'half', ids: ['store-damaged'], spoil: (file) => truncateSync(file, statSync(file).size >> 1) },
      { what: 'newer', ids: ['store-newer'], spoil: (file) => sqlite(file, 'PRAGMA user_version = 99') },
      { what: 'older', ids: ['store-older'], spoil: (file) => sqlite(file, 'PRAGMA user_version = 1') },
      {
        what: 'strays',
        ids: ['rows-without-run', 'checkpoints-without-run'],
        spoil: (file) => sqlite(file, 'DELETE FROM runs'),
      },
      { what: 'another’s', ids: ['store-damaged'], spoil: (file) => sqlite(file, 'PRAGMA user_version = 0') },
    ];
    for (const { what, ids, spoil } of cases) {
      const place = copy();
      spoil(join(place.home, 'rectiscope.db'));
      const before = everything(place.home);
      assert.deepEqual([...new Set(idsOf(await doctor(place)))], ids, what);
      assert.equal(everything(place.home), before, what);
    }
  });

  it('finds checkpoints that are lost, unreadable, or of no run', async (t) => {
    const copy = await copies(t);
    const spoilt = (spoil: (folder: string, files: string[]) => void) => {
      const place = copy();
      const folder = join(place.home, 'runs', place.run);
      const files = readdirSync(folder).filter((name) => name.endsWith('.safetensors'));
      assert.ok(files.length >= 2, files.join());
      const number = (name: string) => Number(/\d+/.exec(name)?.[0]);
      spoil(
        folder,
        files.toSorted((a, b) => number(b) - number(a)),
      );
      return place;
    };
    const all = await doctor(spoilt((folder) => rmSync(folder, { recursive: true })));
    assert.deepEqual(idsOf(all), ['checkpoint-lost']);
    assert.match(ofStore(all)[0]?.advice ?? '', /train its file again/);
    const last = await doctor(spoilt((folder, [newest = '']) => rmSync(join(folder, newest))));
    assert.deepEqual(idsOf(last), ['checkpoint-lost']);
    assert.match(ofStore(last)[0]?.advice ?? '', /continues from step \d+/);
    const flip = (file: string) => {
      const bytes = readFileSync(file);
      bytes[bytes.length - 5] = (bytes.at(-5) ?? 0) ^ 1;
      writeFileSync(file, bytes);
    };
    const bad = await doctor(spoilt((folder, [newest = '']) => flip(join(folder, newest))));
    assert.deepEqual(idsOf(bad), ['checkpoint-unreadable']);
    assert.match(ofStore(bad)[0]?.message ?? '', /checkpoint-\d+\.safetensors: its checksum is wrong/);

    const place = copy();
    mkdirSync(join(place.home, 'runs', 'r-empty'));
    cpSync(join(place.home, 'runs', place.run), join(place.home, 'runs', 'r-gone'), { recursive: true });
    assert.deepEqual(idsOf(await doctor(place)), ['checkpoints-without-run']);
    // The database moved away, as is advised where it is damaged.
    rmSync(join(place.home, 'rectiscope.db'));
    assert.deepEqual(idsOf(await doctor(place)), ['checkpoints-without-run', 'checkpoints-without-run']);
  });

  it('says that a server holds the store and does not answer', { skip: process.platform === 'win32' }, async (t) => {
    const place = emptyPlace(t);
    const pid = await serverPid(place);
    later(t, () => endProcess(pid));
    process.kill(pid, 'SIGSTOP');
    assert.deepEqual(idsOf(await doctor(place)), ['store-locked']);
    process.kill(pid, 'SIGCONT');
  });

  it('says that a server is of another version, also one without this request', async (t) => {
    const place = await trainedPlace(t);
    const path = knownSockets(place.home)[0] as string;
    makePrivateFolder(dirname(path));
    const status = {
      protocol: PROTOCOL_VERSION,
      version: '0.0.1',
      home: place.home,
      pid: process.pid,
      node: '',
      running: [],
      queued: [],
      ...(process.env['RECTISCOPE_RUNTIME'] !== undefined && { runtime: process.env['RECTISCOPE_RUNTIME'] }),
    };
    let health: StoreHealth | undefined;
    const server = createServer((socket) => {
      const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
      connection.onRequest(Hello, () => status as never);
      if (health) connection.onRequest(Health, () => health as StoreHealth);
      connection.listen();
    });
    later(t, () => new Promise((resolve) => server.close(resolve)));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    assert.deepEqual(idsOf(await doctor(place)), ['server-older']);
    const run = { run: place.run, name: 'a', step: 12, checkpoint: 12, attended: false };
    health = { version: 3, newest: 3, strays: [], runs: [{ ...run, state: 'running' }] };
    assert.deepEqual(idsOf(await doctor(place)), ['server-version', 'no-trainer']);
  });

  it('says what can’t be written or listened at', { skip: process.platform === 'win32' }, async (t) => {
    const place = emptyPlace(t);
    await serverPid(place);
    await rectiscope(place, ['server', 'stop']);
    chmodSync(place.folder, 0o755);
    const { user } = notRoot(place.folder);
    if (user !== undefined) chownSync(place.home, user, user);
    const database = join(place.home, 'rectiscope.db');
    chmodSync(database, 0o444);
    assert.deepEqual(idsOf(await doctor(place, notRoot(place.folder))), ['store-not-writable']);
    chmodSync(database, 0o644);

    const runtime = join(place.folder, 'runtime');
    mkdirSync(runtime);
    symlinkSync(place.folder, join(runtime, 'rectiscope'));
    const report = await doctor(place, { environment: { XDG_RUNTIME_DIR: runtime } });
    assert.deepEqual(idsOf(report), ['socket-folder']);
    assert.match(ofStore(report)[0]?.message ?? '', /is a symbolic link\.$/);
  });

  it('says that a store in use is another user’s', { skip: process.getuid?.() !== 0 }, async (t) => {
    const place = emptyPlace(t);
    await serverPid(place);
    chmodSync(place.folder, 0o755);
    chmodSync(place.home, 0o755);
    chmodSync(join(place.home, 'rectiscope.db'), 0o644);
    const report = await doctor(place, notRoot(place.folder));
    assert.deepEqual(idsOf(report), ['folder-not-writable', 'store-of-another']);
    await rectiscope(place, ['server', 'stop']);
  });

  it('says that the runtime is another user’s', { skip: process.platform === 'win32' }, async (t) => {
    const place = emptyPlace(t);
    const runtime = join(place.folder, 'runtime');
    mkdirSync(runtime);
    chmodSync(runtime, 0o000);
    chmodSync(place.folder, 0o755);
    const { user, environment } = notRoot(place.folder);
    const options = {
      environment: { ...environment, RECTISCOPE_RUNTIME: runtime },
      ...(user !== undefined && { user }),
    };
    const { problems } = await doctor(place, options);
    const problem = problems.find(({ id }) => id.startsWith('runtime-'));
    assert.deepEqual([problem?.id, problem?.severity, problem?.path], ['runtime-broken', 'warning', runtime]);
    assert.equal(problem?.message, `You have no permission to read the runtime in ${runtime}.`);
  });

  it('says what a folder is wrong for', { skip: process.platform === 'win32' }, async (t) => {
    const { folder } = emptyPlace(t);
    const at = async (home: string, options?: Parameters<typeof doctor>[1]) =>
      idsOf(await doctor({ folder, home }, options));
    writeFileSync(join(folder, 'file'), '');
    assert.deepEqual(await at(join(folder, 'file')), ['not-a-folder']);
    assert.deepEqual(await at(join(folder, 'file', 'x')), ['not-a-folder']);
    assert.deepEqual(await at(join(folder, 'a'.repeat(300))), ['folder-unreachable']);
    symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
    assert.deepEqual(await at(join(folder, 'loop')), ['folder-unreachable']);
    assert.deepEqual(await at('here'), ['home-relative']);
    assert.deepEqual(await at('~/store'), ['home-not-expanded']);
    assert.deepEqual(await at(`${join(folder, 'x')} `), ['home-blank']);
    if (process.platform === 'linux') assert.deepEqual(await at('/proc/x'), ['folder-impossible']);
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o555);
    chmodSync(folder, 0o755);
    assert.deepEqual(await at(closed, notRoot(folder)), ['folder-not-writable', 'no-store']);

    mkdirSync(join(folder, '.rectiscope'));
    const [hidden] = (await doctor({ folder, home: join(folder, 'other') })).problems;
    assert.deepEqual([hidden?.id, hidden?.severity], ['home-hides-store', 'information']);
  });
});
