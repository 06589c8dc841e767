/**
 * Work of a command that loads a native library, in a process of its own. TensorFlow's library writes log lines to standard
 * error while it is loaded, which none of its settings turns off; here that is a pipe. What the command has to say goes past
 * it over the IPC channel, and what the library wrote is shown where the process ended as nobody planned.
 */
import { text } from 'node:stream/consumers';
import { isOwnProcess, spawnInOwnProcess } from '../system/processes.ts';
import { Exit, say } from './output.ts';

/** How a command ends that was not cut short: it has said itself what there is to say. */
const PLANNED: readonly (number | null)[] = [Exit.done, Exit.badInput, Exit.badEnd, Exit.noSuchRun, Exit.interrupted];

/**
 * Do the work in a process that runs this command line once more, and end as it ends. There, the work is done. Interrupts are
 * handed on; the process ends with this one.
 */
export async function inOwnProcess(work: () => Promise<void>): Promise<void> {
  if (isOwnProcess()) {
    process.on('disconnect', () => process.exit(Exit.interrupted));
    // Listening for the end of the channel is no reason to stay.
    process.channel?.unref();
    return await work();
  }
  const child = spawnInOwnProcess();
  child.on('message', (message) => say(String(message)));
  // On Windows, Ctrl-C reaches every process of the console by itself.
  const interrupt = (signal: NodeJS.Signals) => {
    if (process.platform !== 'win32') child.kill(signal);
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    const ended = new Promise<[code: number | null, signal: string | null]>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve([code, signal]));
    });
    const [written, [code, signal]] = await Promise.all([child.stderr ? text(child.stderr) : '', ended]);
    if (!PLANNED.includes(code))
      say(`${written}${signal === null ? '' : `The command was ended by ${signal}.`}`.trimEnd());
    process.exitCode = code ?? Exit.unexpected;
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
