/**
 * The training server as a process: `--home DIR [--idle-seconds N]`. Prints one line of JSON when it is ready and nothing
 * else; everything else goes to `server.log` in the store's folder. Exit codes: 0 ended as asked, 1 could not start,
 * 3 another server has the store, 4 the disk does not take what a server has to write, which it may not be able to say either.
 */
import { realpathSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { systemClock } from '../system/clock.ts';
import { isAnswering } from '../system/socket.ts';
import { errorText } from './log.ts';
import { type ServerOptions, TrainingServer } from './server.ts';
import { StoreError } from './store/database.ts';

/** How long a store that another process has is waited for, ms: its server may be closing. */
const LOCK_MS = 5000;
const EXIT_LOCKED = 3;
const EXIT_UNWRITABLE = 4;

/** What the system says of a full or read-only disk, or of a file of another user. */
const UNWRITABLE = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM']);

function exitCodeOf(error: unknown): number {
  const problem = error instanceof StoreError ? error.problem : undefined;
  if (problem === 'locked') return EXIT_LOCKED;
  const { code } = error as { code?: unknown };
  return problem === 'unwritable' || UNWRITABLE.has(String(code)) ? EXIT_UNWRITABLE : 1;
}

function readOptions(): ServerOptions {
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      'idle-seconds': { type: 'string' },
      // For tests: another trainer, and less patience with it.
      trainer: { type: 'string' },
      patience: { type: 'string' },
    },
  });
  if (values.home === undefined) throw new Error('Give the folder of the store: --home DIR');
  const idleSeconds = values['idle-seconds'] === undefined ? undefined : Number(values['idle-seconds']);
  if (idleSeconds !== undefined && !(idleSeconds >= 0)) throw new Error('--idle-seconds must be a number.');
  return {
    home: values.home,
    ...(idleSeconds === undefined ? {} : { idleSeconds }),
    ...(values.trainer === undefined ? {} : { trainerFile: values.trainer }),
    ...(values.patience === undefined ? {} : { patience: JSON.parse(values.patience) as Record<string, number> }),
  };
}

/**
 * Start, or leave it to the server that is there. Two that open the store at the same moment may both be refused: they
 * try again, each after a time of its own.
 */
async function startWhenFree(options: ServerOptions): Promise<TrainingServer> {
  const until = systemClock.monotonic() + LOCK_MS;
  for (;;) {
    try {
      return await TrainingServer.start(options);
    } catch (error) {
      if (!(error instanceof StoreError && error.problem === 'locked') || systemClock.monotonic() > until) throw error;
      if (await isAnswering(realpathSync(options.home))) throw error;
      await sleep(20 + (process.pid % 97));
    }
  }
}

try {
  const server = await startWhenFree(readOptions());
  const { pid, home, socket } = server.status();
  server.log.write('info', 'The server is ready', { pid, socket, node: process.version });
  process.stdout.write(`${JSON.stringify({ event: 'ready', pid, home, socket })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      server.log.write('info', `Stopping on ${signal}`);
      void server.close();
    });
  }
  process.on('uncaughtException', (error) => {
    server.log.write('error', 'The server failed', { error: errorText(error) });
    process.exit(1);
  });
  await server.closed;
  // A trainer that has not noticed yet must not keep this process: it ends by itself.
  process.exit(0);
} catch (error) {
  const code = exitCodeOf(error);
  process.exitCode = code;
  process.stderr.write(
    `${code === 1 && !(error instanceof StoreError) ? errorText(error) : (error as Error).message}\n`,
    () => process.exit(code),
  );
}
