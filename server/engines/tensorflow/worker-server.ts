/**
 * The process of a worker: TensorFlow's server, which computes for any client that can reach it. A separate process, because a
 * server of TensorFlow can't be stopped, and because the address that it listens on is decided when the process starts.
 * Usage: `node worker-server.ts PORT THREADS` with a channel; sends `{target, version}` or `{problem}`, and ends with its parent.
 */

import { integer, message, nested, text } from '../../formats/protobuf.ts';
import { loadSessionAddon } from '../../runtime/session-addon.ts';
import { requireInstalled, runtimeStatus } from '../../runtime/status.ts';

/** The message of the process once it serves, or the reason why it can't. */
export type WorkerMessage = { readonly version: string } | { readonly problem: string };

/**
 * ServerDef: cluster = 1, job_name = 2, task_index = 3, default_session_config = 4 (intra_op_parallelism_threads = 2),
 * protocol = 5. The cluster is this machine alone: a run sends its workers each other's addresses.
 */
const serverDef = (port: number, threads: number): Uint8Array =>
  message([
    nested(1, [nested(1, [text(1, 'localhost'), nested(2, [integer(1, 0), text(2, `127.0.0.1:${port}`)])])]),
    text(2, 'localhost'),
    integer(3, 0),
    nested(4, [integer(2, threads)]),
    text(5, 'grpc'),
  ]);

// Not an orderly exit: the library's threads would continue while their data is destroyed.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const [port, threads] = process.argv.slice(2).map(Number);
const send = (words: WorkerMessage) => process.send?.(words);
try {
  const addon = loadSessionAddon(requireInstalled(await runtimeStatus()));
  addon.serve(serverDef(port ?? 0, threads ?? 0));
  send({ version: addon.version });
} catch (error) {
  send({ problem: (error as Error).message });
}
