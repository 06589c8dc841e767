/** Workers of the product on this machine, for tests: started by the command, ended when the test is over. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { sessionAddonFile } from '../../server/runtime/session-addon.ts';
import { runtimeStatus } from '../../server/runtime/status.ts';
import { processFile } from '../../server/system/processes.ts';

const status = await runtimeStatus();

/** Why workers can't be tested here and what to do about it; false where they can. */
export const noWorkers: string | false = !status.installed
  ? `NOT TESTED: workers. ${status.problem} ${status.advice}`
  : existsSync(sessionAddonFile(status))
    ? false
    : 'NOT TESTED: workers. The runtime was installed by an earlier release: `rectiscope runtime install`.';

/** A currently unused port. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export interface LentWorker {
  readonly address: string;
  /** The command's process. */
  readonly command: ChildProcess;
  /** The process that serves. */
  readonly pid: number;
}

/** Start one; `before`: a command that runs it, such as one that enters a network namespace. */
export async function startWorker(
  address: string,
  { before = [], options = [] }: { before?: readonly string[]; options?: readonly string[] } = {},
): Promise<LentWorker> {
  const words = ['worker', '--listen', address, '--threads', '1', '--json', ...options];
  const [program = '', ...rest] = [...before, process.execPath, processFile('cli'), ...words];
  const command = spawn(program, rest, { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const line of createInterface({ input: command.stdout })) {
    const { pid } = JSON.parse(line) as { pid: number };
    return { address, command, pid };
  }
  throw new Error(`the worker at ${address} did not start`);
}

/** End a worker as a user does. */
export async function stopWorker({ command }: LentWorker): Promise<number | null> {
  if (command.exitCode !== null || command.signalCode !== null) return command.exitCode;
  command.kill('SIGINT');
  const [code] = (await once(command, 'exit')) as [number | null];
  return code;
}

/** Two workers on loopback for as long as something uses them. */
export async function withWorkers<T>(use: (workers: readonly LentWorker[]) => Promise<T>): Promise<T> {
  const workers: LentWorker[] = [];
  try {
    for (let i = 0; i < 2; i++) workers.push(await startWorker(`127.0.0.1:${await freePort()}`));
    return await use(workers);
  } finally {
    await Promise.all(workers.map(stopWorker));
  }
}
