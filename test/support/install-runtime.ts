/**
 * A program that installs the fake TensorFlow, to be killed by tests. Prints each phase as it starts.
 * Usage: node install-runtime.ts FOLDER SHA256 [force]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { installRuntime } from '../../server/runtime/install.ts';
import { fakeParts, fakeTarget } from './fake-tensorflow.ts';

const [folder = '', sum = '', force] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
await installRuntime(
  {
    source: 'pip',
    python: 'python3',
    folder,
    force: force === 'force',
    signal: stop.signal,
    onProgress: ({ phase }) => process.stdout.write(`${phase}\n`),
    verify: async () => void (await sleep(100)),
  },
  fakeParts(fakeTarget([sum]), 100),
).catch((error: unknown) => {
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
});
