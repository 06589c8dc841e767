import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { InstallPhase } from '../../server/runtime/attempt.ts';
import { RuntimeError, type RuntimeErrorCode } from '../../server/runtime/errors.ts';
import { type InstallOptions, installRuntime } from '../../server/runtime/install.ts';
import { layoutOf } from '../../server/runtime/location.ts';
import { removeRuntime } from '../../server/runtime/remove.ts';
import { type InstalledRuntime, runtimeStatus } from '../../server/runtime/status.ts';
import {
  ADDON_TEXT,
  fakeParts,
  fakeTarget,
  LIBRARIES,
  noPip,
  onlyFrom,
  writeFakeEnvironment,
  writeFakeWheel,
} from '../support/fake-tensorflow.ts';
import { uniforms } from '../support/random.ts';

const program = fileURLToPath(new URL('../support/install-runtime.ts', import.meta.url));
const PHASES: readonly InstallPhase[] = ['python', 'fetch', 'unpack', 'compile', 'verify', 'finish'];

const hasCode =
  (code: RuntimeErrorCode) =>
  (error: unknown): boolean =>
    error instanceof RuntimeError && error.code === code;

describe('installing the runtime', { skip: noPip }, () => {
  let base: string;
  let folder: string;
  let sum: string;
  const saved = { ...process.env };
  beforeEach(async () => {
    base = await fs.mkdtemp(path.join(os.tmpdir(), 'rectiscope-install-'));
    folder = path.join(base, 'runtime');
    sum = writeFakeWheel(path.join(base, 'index'));
    const { VIRTUAL_ENV: _virtual, CONDA_PREFIX: _conda, ...env } = saved;
    process.env = { ...env, ...onlyFrom(path.join(base, 'index')) };
  });
  afterEach(async () => {
    process.env = { ...saved };
    await fs.rm(base, { recursive: true, force: true });
  });

  const install = (options: Partial<InstallOptions> = {}, pause = 0): Promise<InstalledRuntime> =>
    installRuntime(
      { source: 'pip', python: 'python3', folder, verify: async () => undefined, ...options },
      fakeParts(fakeTarget([sum]), pause),
    );

  /** The whole and the only thing in the folder is one complete installation. */
  async function assertComplete(status: InstalledRuntime): Promise<void> {
    assert.equal(await fs.readFile(status.addon, 'utf8'), ADDON_TEXT);
    for (const name of LIBRARIES) {
      assert.equal(await fs.readFile(path.join(status.libraries, name), 'utf8'), `library ${name}\n`);
    }
    const layout = layoutOf(folder);
    assert.equal((await fs.readdir(layout.versions)).length, 1);
    assert.deepEqual(await fs.readdir(layout.locks), []);
    const others = (await fs.readdir(folder)).filter((name) => !['versions', 'locks'].includes(name)).sort();
    assert.deepEqual(others, ['rectiscope-runtime.txt', 'runtime.json']);
  }

  it('leaves what is needed and nothing else', async () => {
    const phases: string[] = [];
    const status = await install({ onProgress: ({ phase }) => phases.push(phase) });
    assert.deepEqual([...new Set(phases)], PHASES);
    assert.equal(status.source, 'pip');
    assert.equal(status.version, '2.21.0');
    await assertComplete(status);
    await assert.rejects(fs.stat(path.join(status.libraries, 'python')), 'what nobody needs was not unpacked');
    await fs.stat(path.join(status.libraries, 'THIRD_PARTY_NOTICES.txt'));
  });

  it('does nothing if the requested runtime is installed, unless forced', async () => {
    const first = await install();
    assert.deepEqual(await install({ source: 'auto', python: undefined }), first);
    const again = await install({ force: true });
    assert.notEqual(again.addon, first.addon);
    await assertComplete(again);
  });

  it('repairs a damaged installation', async () => {
    const { addon } = await install();
    await fs.truncate(addon, 3);
    assert.equal((await runtimeStatus(folder)).installed, false);
    await assertComplete(await install());
  });

  it('leaves no manifest if the runtime does not work, or the previous one if there was one', async () => {
    const verify = async (): Promise<void> => {
      throw new RuntimeError('verify', { what: 'It does not work.', advice: 'Try later.' });
    };
    await assert.rejects(install({ verify }), hasCode('verify'));
    assert.equal((await runtimeStatus(folder)).installed, false);
    const first = await install();
    await assert.rejects(install({ verify, force: true }), hasCode('verify'));
    assert.deepEqual(await runtimeStatus(folder), first);
  });

  it('builds the addons here if the prebuilt ones do not work, and reports it', async () => {
    const parts = fakeParts(fakeTarget([sum]));
    const asked: boolean[] = [];
    const said: string[] = [];
    const status = await installRuntime(
      {
        source: 'pip',
        python: 'python3',
        folder,
        onProgress: ({ message }) => said.push(message),
        verify: async () => {
          if (asked.length === 1) throw new RuntimeError('verify', { what: 'It is for another system.', advice: '' });
        },
      },
      {
        ...parts,
        build: async (attempt, request, python) => {
          asked.push(request.ignorePrebuilt ?? false);
          return { ...(await parts.build(attempt, request, python)), ...(asked.length === 1 && { prebuilt: true }) };
        },
      },
    );
    assert.deepEqual(asked, [false, true]);
    assert.ok(said.some((message) => /The prebuilt addons do not work here: It is for another system/.test(message)));
    await assertComplete(status);
  });

  it('uses an environment’s TensorFlow in place, downloads nothing, and removes nothing of it', async () => {
    const environment = path.join(base, 'environment');
    writeFakeEnvironment(environment, { complete: true, cuda: true });
    process.env['PYTHONPATH'] = environment;
    await fs.rm(path.join(base, 'index'), { recursive: true });
    const status = await install({ source: 'auto' });
    assert.equal(status.source, 'environment');
    assert.equal(status.variant, 'cuda');
    assert.equal(status.libraries, path.join(environment, 'tensorflow'));
    assert.ok(status.addon.startsWith(folder));
    const before = await fs.readdir(environment, { recursive: true });
    const removed = await removeRuntime(folder);
    assert.ok(removed.environment !== undefined);
    assert.deepEqual(await fs.readdir(environment, { recursive: true }), before);
    await assert.rejects(fs.stat(folder), 'the folder is gone');
  });

  it('fetches if the environment’s TensorFlow can’t be used, and says why', async () => {
    const environment = path.join(base, 'environment');
    writeFakeEnvironment(environment, { complete: false });
    process.env['PYTHONPATH'] = environment;
    const messages: string[] = [];
    const status = await install({ source: 'auto', onProgress: ({ message }) => messages.push(message) });
    assert.equal(status.source, 'pip');
    assert.ok(messages.some((message) => message.includes('has no ') && message.includes(LIBRARIES[0] ?? '')));
    await assert.rejects(install({ source: 'environment' }), hasCode('no-environment'));
  });

  it('can be interrupted in every phase; what was there stays, and nothing else does', async () => {
    const before = await install();
    for (const phase of PHASES.slice(0, 5)) {
      const stop = new AbortController();
      const onProgress = (progress: { phase: InstallPhase }): void => {
        if (progress.phase === phase) stop.abort();
      };
      await assert.rejects(
        install({
          force: true,
          signal: stop.signal,
          onProgress,
          verify: async (_paths, signal) => signal?.throwIfAborted(),
        }),
        hasCode('interrupted'),
        phase,
      );
      assert.deepEqual(await runtimeStatus(folder), before, phase);
      assert.deepEqual(await fs.readdir(layoutOf(folder).staging), [], phase);
    }
  });

  it('is refused while another process installs', async () => {
    const first = install({}, 4000);
    await sleep(300);
    await assert.rejects(install(), hasCode('busy'));
    await assert.rejects(removeRuntime(folder), hasCode('busy'));
    await assertComplete(await first);
  });

  it('never touches a folder that is not its own', async () => {
    await fs.mkdir(path.join(folder, 'versions'), { recursive: true });
    await fs.writeFile(path.join(folder, 'versions', 'thesis.txt'), 'years of work');
    await assert.rejects(install(), hasCode('foreign-folder'));
    await assert.rejects(removeRuntime(folder), hasCode('foreign-folder'));
    assert.deepEqual(await fs.readdir(folder, { recursive: true }), ['versions', 'versions/thesis.txt']);
  });

  it('says so if the folder can’t be made', async () => {
    await fs.writeFile(path.join(base, 'file'), '');
    await assert.rejects(install({ folder: path.join(base, 'file', 'runtime') }), hasCode('permission'));
    if (process.platform === 'linux') await assert.rejects(install({ folder: '/proc/runtime' }), hasCode('permission'));
  });

  it('says how much is missing if the disk has too little room', async () => {
    const target = { ...fakeTarget([sum]), bytesNeeded: 1e18 };
    const options: InstallOptions = { source: 'pip', python: 'python3', folder };
    await assert.rejects(installRuntime(options, fakeParts(target)), (error) => {
      assert.match(String(error), /needs about 1e6 TB.*are free.*RECTISCOPE_RUNTIME/);
      return hasCode('disk')(error);
    });
  });

  it('is removed whole, and there is nothing to remove twice', async () => {
    await install();
    await fs.writeFile(path.join(folder, 'mine.txt'), 'not Rectiscope’s');
    const { bytes, left } = await removeRuntime(folder);
    assert.ok(bytes > ADDON_TEXT.length);
    assert.deepEqual(left, []);
    assert.deepEqual(await fs.readdir(folder), ['mine.txt'], 'what is not ours stays');
    await fs.rm(folder, { recursive: true });
    assert.equal((await removeRuntime(folder)).nothing, true);
  });

  describe('killed at any instant', () => {
    /** Start an installation; kill it `delay` milliseconds after it began a phase. */
    async function killed(phase: InstallPhase, delay: number, force: boolean): Promise<void> {
      const child: ChildProcess = spawn(process.execPath, [program, folder, sum, ...(force ? ['force'] : [])], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const exit = once(child, 'exit');
      let printed = '';
      for await (const text of child.stdout ?? []) {
        printed += text;
        if (printed.split('\n').includes(phase)) break;
      }
      await sleep(delay);
      child.kill('SIGKILL');
      await exit;
    }

    it('leaves no manifest without an installation; repeated, it succeeds', async () => {
      const seed = 42;
      const random = uniforms(seed);
      for (const phase of PHASES) {
        const delay = phase === 'finish' ? 0 : 60 * random();
        await killed(phase, delay, false);
        const status = await runtimeStatus(folder);
        // A kill in the last phase may come after the manifest; then everything must be there.
        if (status.installed) await assertAddon(status);
        assert.ok(!status.installed || phase === 'finish', `seed ${seed}, ${phase} + ${delay} ms`);
      }
      await assertComplete(await install());
    });

    it('of a new one leaves the one before or the new one, whole', async () => {
      const seed = 43;
      const random = uniforms(seed);
      await install();
      for (const phase of PHASES) {
        const delay = 40 * random();
        await killed(phase, delay, true);
        const status = await runtimeStatus(folder);
        assert.ok(status.installed, `seed ${seed}, ${phase} + ${delay} ms`);
        await assertAddon(status);
      }
      await assertComplete(await install({ force: true }));
    });

    const assertAddon = async (status: InstalledRuntime): Promise<void> =>
      assert.equal(await fs.readFile(status.addon, 'utf8'), ADDON_TEXT);
  });
});
