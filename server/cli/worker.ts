/** `rectiscope worker --listen HOST:PORT`: computes on this machine for runs that name it in `train.workers`. */
import { createServer, connect as openSocket } from 'node:net';
import { availableParallelism, networkInterfaces } from 'node:os';
import { Command } from 'commander';
import type { WorkerMessage } from '../engines/tensorflow/worker-server.ts';
import { runtimeEnvironment } from '../runtime/load.ts';
import { hasSessionAddon, NO_SESSIONS, sessionAddonFile } from '../runtime/session-addon.ts';
import { type InstalledRuntime, runtimeStatus } from '../runtime/status.ts';
import { spawnWorkerServer } from '../system/processes.ts';
import { TaskError } from '../tasks/task-error.ts';
import { printJson, say } from './output.ts';

interface WorkerOptions {
  listen: string;
  threads?: string;
  anyoneMayRunCode?: boolean;
  json?: boolean;
}

interface Address {
  /** IPv4. */
  readonly host: string;
  readonly port: number;
}

const isLoopback = (host: string): boolean => host.startsWith('127.');

/** Reads HOST:PORT; HOST is an IPv4 address or `localhost`. */
function readAddress(text: string): Address {
  const [, name = '', digits = ''] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const host = name === 'localhost' ? '127.0.0.1' : name;
  const port = Number(digits);
  const isIPv4 = /^\d{1,3}(\.\d{1,3}){3}$/.test(host) && host.split('.').every((byte) => Number(byte) <= 255);
  if (isIPv4 && port >= 1 && port <= 65_535) return { host, port };
  throw new TaskError(
    'badInput',
    `--listen: expected HOST:PORT with an IPv4 address of this machine, such as 127.0.0.1:7001; found “${text}”.`,
  );
}

function readThreads(text: string | undefined): number {
  if (text === undefined) return availableParallelism();
  const threads = Number(text);
  if (Number.isInteger(threads) && threads >= 1 && threads <= 1024) return threads;
  throw new TaskError('badInput', `--threads: expected a whole number from 1 to 1024; found “${text}”.`);
}

/** Refuses addresses that others can reach unless the option allows them. */
function checkRisk({ host }: Address, said: boolean): void {
  if (said) return;
  const risk =
    'TensorFlow’s server has no authentication and runs whatever it is sent: anyone who can reach it can run code as you';
  if (!isLoopback(host))
    throw new TaskError(
      'badInput',
      `${host} can be reached by other machines. ${risk}. Listen on 127.0.0.1 and use an SSH tunnel (docs/workers.md), or, in a network that only you use, add --anyone-may-run-code.`,
    );
  if (process.platform !== 'linux')
    throw new TaskError(
      'badInput',
      `On this system TensorFlow’s server listens on every address, whatever --listen says. ${risk}. Behind a firewall that closes the port, add --anyone-may-run-code.`,
    );
}

/** Reports a taken port now, in our words; TensorFlow would only log it. */
function checkPort({ host, port }: Address): Promise<void> {
  const words: Readonly<Record<string, string>> = {
    EADDRINUSE: `Port ${port} is taken on ${host}: another program, perhaps another worker, listens there. Choose another port.`,
    EADDRNOTAVAIL: `${host} is not an address of this machine.`,
    EACCES: `Port ${port} needs privileges that you do not have: choose one above 1023.`,
  };
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', (error: NodeJS.ErrnoException) =>
      reject(new TaskError('badInput', words[error.code ?? ''] ?? error.message)),
    );
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = openSocket({ host, port, timeout: 1000 });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('connect', () => done(true));
    socket.on('error', () => done(false));
    socket.on('timeout', () => done(false));
  });

/** An address that it listens on against our options; tested by connecting. */
async function strayAddress({ host, port }: Address): Promise<string | undefined> {
  if (host === '0.0.0.0') return undefined;
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  for (const { address, family } of all) {
    if (family !== 'IPv4' || address === host || (isLoopback(host) && isLoopback(address))) continue;
    if (await answers(address, port)) return address;
  }
  return undefined;
}

async function installedRuntime(): Promise<InstalledRuntime> {
  const status = await runtimeStatus();
  if (!status.installed)
    throw new TaskError('unexpected', `A worker computes on TensorFlow. ${status.problem} ${status.advice}`);
  if (!hasSessionAddon(status)) throw new TaskError('unexpected', NO_SESSIONS);
  return status;
}

async function lend(options: WorkerOptions): Promise<void> {
  const address = readAddress(options.listen);
  const threads = readThreads(options.threads);
  const open = options.anyoneMayRunCode === true;
  checkRisk(address, open);
  const runtime = await installedRuntime();
  await checkPort(address);
  const { host, port } = address;
  const narrow = process.platform === 'linux' && host !== '0.0.0.0';
  const child = spawnWorkerServer([String(port), String(threads)], {
    ...runtimeEnvironment(runtime),
    ...(narrow && {
      LD_PRELOAD: sessionAddonFile(runtime),
      RECTISCOPE_LISTEN_HOST: host,
      RECTISCOPE_LISTEN_PORT: String(port),
    }),
  });
  // What TensorFlow says of itself while it starts is for those whom it does not start for.
  let held: Buffer[] | undefined = [];
  child.stderr?.on('data', (words: Buffer) => (held ? held.push(words) : process.stderr.write(words)));
  let stopped = false;
  const stop = () => {
    stopped = true;
    child.kill('SIGKILL');
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `code ${code}`));
  });
  const started = new Promise<WorkerMessage>((resolve) =>
    child.on('message', (words: WorkerMessage) => resolve(words)),
  );
  const first = await Promise.race([
    started,
    ended.then((how) => ({ problem: `TensorFlow’s server ended with ${how}.` })),
  ]);
  if (stopped) return say('Stopped.');
  if ('problem' in first) {
    child.kill('SIGKILL');
    process.stderr.write(Buffer.concat(held));
    throw new TaskError('unexpected', first.problem);
  }
  held = undefined;
  const stray = open && !narrow ? undefined : await strayAddress(address);
  if (stray !== undefined) {
    child.kill('SIGKILL');
    throw new TaskError(
      'unexpected',
      `TensorFlow’s server listened on ${stray}, too, where others could reach it; it was stopped at once. Please report this system.`,
    );
  }
  const where = `${host}:${port}`;
  if (options.json === true)
    printJson({
      event: 'worker',
      listen: where,
      threads,
      tensorflow: first.version,
      variant: runtime.variant,
      pid: child.pid,
    });
  say(
    `Ready for runs at ${where}: ${threads} ${threads === 1 ? 'thread' : 'threads'}${runtime.variant === 'cuda' ? ' and its GPUs' : ''}, TensorFlow ${first.version}. Ctrl-C stops it.`,
  );
  say(`In the run file: train: {workers: ["${where}", …]}`);
  if (!isLoopback(host)) say('WARNING: no authentication. Anyone who can reach this address can run code here as you.');
  const how = await ended;
  if (!stopped) throw new TaskError('unexpected', `TensorFlow’s server ended with ${how}.`);
  say('Stopped. Runs that used this worker are interrupted; continue them with `rectiscope resume`.');
}

/** `rectiscope worker` */
export function workerCommand(): Command {
  return new Command('worker')
    .description('Compute on this machine for runs that name it in `train.workers`.')
    .requiredOption('--listen <host:port>', 'where to listen: an IPv4 address of this machine and a port')
    .option('--threads <n>', 'threads that an operation may use (default: all cores)')
    .option(
      '--anyone-may-run-code',
      'allow an address that other machines can reach: TensorFlow’s server has no authentication and runs whatever it is sent',
    )
    .option('--json', 'one JSON line once it listens')
    .action(lend);
}
