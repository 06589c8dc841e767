/** Real training servers with the counting trainer (test/fixtures/trainers), in folders of their own, and their end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Client, type ConnectOptions, connectToServer } from '../../server/client/connect.ts';
import { type RunSnapshot, type RunSummary, Show, Train } from '../../server/protocol/requests.ts';
import { unpack } from '../../server/protocol/scalar.ts';
import { processFile } from '../../server/system/processes.ts';

export const countingTrainer = fileURLToPath(new URL('../fixtures/trainers/counting.ts', import.meta.url));

/** Options of a server process that uses the counting trainer and does not wait long for anything. */
export const testArguments = (patience: Record<string, number> = {}): string[] => [
  '--trainer',
  countingTrainer,
  '--patience',
  JSON.stringify({ restart: 10, end: 1000, orphan: 3000, ...patience }),
];

/** A run file whose name controls the counting trainer. */
export const runFile = (orders: string): string =>
  [
    'version: 1',
    `name: "${orders}"`,
    'data: {source: fashion-mnist}',
    'network: {input: [28, 28, 1], layers: [{dense: {units: 10}}]}',
    'train: {batch_size: 64, epochs: 1, learning_rate: 0.01}',
    '',
  ].join('\n');

const actions = new WeakMap<TestContext, (() => unknown)[]>();

/** Do something after a test, the last thing first: a server ends before its folder goes. */
export function later(t: TestContext, action: () => unknown): void {
  const known = actions.get(t);
  if (known) {
    known.push(action);
    return;
  }
  const list = [action];
  actions.set(t, list);
  t.after(async () => {
    for (const one of list.reverse()) await one();
  });
}

/** A new folder, removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'rectiscope-test-')));
  later(t, () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Whether a process is there. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** End a process and wait until it is gone. */
export async function endProcess(pid: number, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (exists(pid)) process.kill(pid, signal);
  await until(() => !exists(pid), `process ${pid} ends`);
}

/** Wait for something, for as long as it may take on a machine that does much else. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  patience = 300_000,
): Promise<void> {
  const end = performance.now() + patience;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Waited in vain: ${what}`);
    await sleep(10);
  }
}

/** Connect to the server of a store, started if there is none; it is ended after the test. */
export async function connect(t: TestContext, home: string, options: Partial<ConnectOptions> = {}): Promise<Client> {
  const client = await connectToServer({
    idleSeconds: 30,
    serverArguments: testArguments(),
    ...options,
    home,
    start: true,
  });
  const { pid } = client.server;
  later(t, async () => {
    client.dispose();
    await endProcess(pid);
  });
  return client;
}

/** A server process that this process is the parent of; resolves with its first line, or rejects with what it said. */
export function spawnServerProcess(
  t: TestContext,
  home: string,
  more: string[] = testArguments(),
): Promise<ChildProcess> {
  const child = spawn(process.execPath, [processFile('server'), '--home', home, ...more], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  later(t, () => child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr?.on('data', (text: Buffer) => {
      said += text.toString();
    });
    child.stdout?.once('data', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`exit ${code}: ${said}`)));
  });
}

export const train = (client: Client, orders: string): Promise<RunSummary> =>
  client.request(Train, {
    file: '/somewhere/counting.rectiscope.yaml',
    text: runFile(orders),
    overrides: [],
    backend: 'auto',
    device: 'auto',
  });

export const show = (client: Client, run: string): Promise<RunSnapshot> => client.request(Show, { run });

/** Wait until a run is past a step, or has ended. */
export async function untilStep(client: Client, run: string, step: number): Promise<RunSummary> {
  let summary = (await show(client, run)).summary;
  await until(async () => {
    summary = (await show(client, run)).summary;
    return summary.step >= step || !['queued', 'running'].includes(summary.state);
  }, `run ${run} reaches step ${step}`);
  return summary;
}

export const untilEnd = (client: Client, run: string): Promise<RunSummary> =>
  untilStep(client, run, Number.POSITIVE_INFINITY);

export const column = (packed: string): number[] => [...unpack(packed)];
