/** Sockets of servers that were killed: nobody removes them but who comes after, and every store has a name of its own. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { systemClock } from './clock.ts';

/** A younger one may belong to a server that does not listen yet, milliseconds. */
const YOUNGEST_MS = 60_000;

/** Whether the system says that nobody listens; anything else may pass. */
const isAbandoned = (path: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createConnection(path);
    const answer = (abandoned: boolean) => {
      socket.destroy();
      resolve(abandoned);
    };
    socket.once('connect', () => answer(false));
    socket.once('error', (error: NodeJS.ErrnoException) => answer(error.code === 'ECONNREFUSED'));
  });

/** Remove the sockets of a folder at which nobody listens; throws what the system says. Not for Windows, whose pipes go with their process. */
export async function removeStaleSockets(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.sock')) continue;
    const path = join(folder, name);
    const status = statSync(path, { throwIfNoEntry: false });
    if (!status?.isSocket() || systemClock.wall() - status.mtimeMs < YOUNGEST_MS) continue;
    if (await isAbandoned(path)) rmSync(path, { force: true });
  }
}
