import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { progressLine, RuntimeProgress } from '../../server/cli/runtime-progress.ts';
import { noPip } from '../support/fake-tensorflow.ts';

const program = fileURLToPath(new URL('../support/runtime-command.ts', import.meta.url));

let base: string;
let folder: string;
beforeEach(async () => {
  base = await fs.mkdtemp(path.join(os.tmpdir(), 'rectiscope-command-'));
  folder = path.join(base, 'runtime');
});
afterEach(() => fs.rm(base, { recursive: true, force: true }));

/** Run `rectiscope runtime …`. `interruptAt`: send SIGINT twice, as npm does, once standard output holds this. */
async function run(
  args: readonly string[],
  options: { env?: Record<string, string>; interruptAt?: RegExp } = {},
): Promise<{ code: number | null; lines: Record<string, unknown>[]; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [program, 'runtime', ...args], {
    env: { ...process.env, RECTISCOPE_RUNTIME: folder, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  let seen = '';
  child.stdout.on('data', (data: Buffer) => {
    const before = seen;
    seen += data;
    if (options.interruptAt?.test(seen) !== true || options.interruptAt.test(before)) return;
    child.kill('SIGINT');
    child.kill('SIGINT');
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  const lines = args.includes('--json')
    ? stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    : [];
  return { code, lines, stdout, stderr };
}

describe('rectiscope runtime', () => {
  it('status says what is missing and what to do', async () => {
    const { code, stdout, stderr } = await run(['status']);
    assert.equal(code, 0);
    assert.match(stdout, /not installed|no library|glibc/);
    assert.match(stdout, /runtime install|onnx/);
    assert.equal(stderr, '');
  });

  it('status --json is one line', async () => {
    const { code, lines } = await run(['status', '--json']);
    assert.equal(code, 0);
    assert.equal(lines.length, 1);
    const [line] = lines;
    assert.equal(line?.['event'], 'runtime');
    assert.equal(line?.['installed'], false);
    assert.equal(line?.['folder'], folder);
    assert.equal(typeof line?.['problem'], 'string');
    assert.equal(typeof line?.['advice'], 'string');
  });

  it('refuses what makes no sense with exit code 2', async () => {
    for (const args of [['install', '--source', 'nowhere'], ['frobnicate'], ['status', '--bad']]) {
      const { code, stdout } = await run(args);
      assert.equal(code, 2, args.join(' '));
      assert.equal(stdout, '', args.join(' '));
    }
    const { code, stderr } = await run(['status'], { env: { RECTISCOPE_RUNTIME: 'relative' } });
    assert.equal(code, 2);
    assert.match(stderr, /absolute/);
    assert.doesNotMatch(stderr, /^\s+at /m, 'no stack trace');
  });

  it('install prints an error line with the reason, and exits with 1', async () => {
    const { code, lines, stderr } = await run(['install', '--json', '--python', '/nonexistent']);
    assert.equal(code, 1);
    assert.equal(lines.at(-1)?.['event'], 'error');
    assert.equal(lines.at(-1)?.['code'], 'no-python');
    assert.match(stderr, /\/nonexistent is not a usable Python/);
    assert.doesNotMatch(stderr, /^\s+at /m, 'no stack trace');
  });

  it('install that is interrupted exits with 130 and leaves nothing half', { skip: noPip }, async () => {
    const { code, lines, stderr } = await run(['install', '--source', 'pip', '--python', 'python3', '--json'], {
      // Without an answer pip retries for half a minute: time enough to be interrupted.
      env: { PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_CONFIG_FILE: os.devNull, no_proxy: '*' },
      interruptAt: /"phase":"fetch"/,
    });
    assert.equal(code, 130);
    assert.equal(lines.at(-1)?.['code'], 'interrupted');
    assert.match(stderr, /interrupted.*Run/);
    assert.deepEqual(await fs.readdir(path.join(folder, 'staging')), []);
    assert.deepEqual(await fs.readdir(path.join(folder, 'locks')), []);
  });

  it('remove without an installation is not an error', async () => {
    const { code, lines } = await run(['remove', '--json']);
    assert.equal(code, 0);
    assert.deepEqual(lines, [{ event: 'removed', folder, bytes: 0, nothing: true, left: [] }]);
  });
});

describe('progress of an installation', () => {
  it('shows amounts once they are known', () => {
    assert.equal(progressLine({ phase: 'fetch', message: 'Fetching' }), 'Fetching');
    assert.equal(progressLine({ phase: 'fetch', message: 'Fetching', done: 120e6 }), 'Fetching  120 MB');
    const over = { phase: 'fetch', message: 'Fetching', done: 275e6, total: 274e6 } as const;
    assert.equal(progressLine(over), 'Fetching  274 MB of 274 MB');
  });

  it('is one line in a terminal, a few lines elsewhere', () => {
    const shown = (isTTY: boolean): string => {
      let written = '';
      const progress = new RuntimeProgress({ isTTY, columns: 40, write: (more) => (written += more) });
      for (let done = 0; done <= 100e6; done += 1e6) {
        progress.show({ phase: 'fetch', message: 'Fetching', done, total: 100e6 });
      }
      progress.show({ phase: 'unpack', message: 'Unpacking something with a very long name indeed' });
      progress.end();
      return written;
    };
    assert.deepEqual(shown(false).trimEnd().split('\n'), [
      'Fetching',
      'Fetching  25 MB of 100 MB',
      'Fetching  50 MB of 100 MB',
      'Fetching  75 MB of 100 MB',
      'Fetching  100 MB of 100 MB',
      'Unpacking something with a very long name indeed',
    ]);
    const terminal = shown(true);
    assert.equal(terminal.split('\n').length, 3, 'two steps, each on its line');
    const lines = terminal.split(/[\r\n]/).map((line) => line.replace('\u001b[K', ''));
    assert.ok(
      lines.every((line) => line.length < 40),
      'no line wraps',
    );
  });
});
