/**
 * What sharing a batch gains and costs: `node bench/workers.ts [ROUNDS]` trains the 30-layer example with one replica, with two, and
 * on two workers of one thread each on this machine, alternating, and prints medians. Two workers here have no more cores than two replicas:
 * the difference is what the distributed runtime costs where the network costs nothing.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { formatFixed } from '../server/domain/numbers/format.ts';
import { median } from '../server/domain/numbers/statistics.ts';
import { processFile } from '../server/system/processes.ts';

const ROUNDS = Number(process.argv[2] ?? 5);
const STEPS = 60;
/** Steps until memory is allocated and code is hot. */
const UNTIMED = 20;
const PORTS = [17_301, 17_302];

const root = resolve(import.meta.dirname, '..');
const home = mkdtempSync(join(tmpdir(), 'rectiscope-bench-'));
const env = { ...process.env, RECTISCOPE_HOME: home };
const cli = processFile('cli');
const addresses = PORTS.map((port) => `127.0.0.1:${port}`);

const settings: Record<string, readonly string[]> = {
  'one replica': ['train.replicas=1'],
  'two replicas': ['train.replicas=2'],
  'two workers here': [`train.workers=${JSON.stringify(addresses)}`],
};

/** Median time of a step, milliseconds. */
function train(set: readonly string[]): number {
  const file = join(root, 'examples', 'he-30.rectiscope.yaml');
  const all = [...set, `train.steps=${STEPS}`, 'data.limit={train: 640, val: 100}', 'diagnose.probe_every=1000 steps'];
  const words = ['train', file, '--backend', 'tensorflow', '--json', ...all.flatMap((one) => ['--set', one])];
  const output = execFileSync(process.execPath, [cli, ...words], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const steps = output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { event: string; step: number; step_ms: number })
    .filter(({ event, step }) => event === 'step' && step > UNTIMED);
  return median(steps.map(({ step_ms: ms }) => ms));
}

const workers = addresses.map((address) =>
  spawn(process.execPath, [cli, 'worker', '--listen', address, '--threads', '1', '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
);
try {
  for (const { stdout } of workers) await once(createInterface({ input: stdout }), 'line');
  const times = new Map(Object.keys(settings).map((name) => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, set] of Object.entries(settings)) times.get(name)?.push(train(set));
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0];
  console.log(
    `${cpus().length} threads of ${cpus()[0]?.model}; load ${load} at the end; ${ROUNDS} rounds of ${STEPS - UNTIMED} timed steps`,
  );
  const one = median(times.get('one replica') ?? []);
  for (const [name, all] of times) {
    const [low, high] = [Math.min(...all), Math.max(...all)].map((ms) => formatFixed(ms, 0));
    console.log(
      `${name}: ${formatFixed(median(all), 0)} ms (${low}–${high}), ${formatFixed(one / median(all), 2)} × one replica`,
    );
  }
} finally {
  for (const worker of workers) worker.kill('SIGINT');
  execFileSync(process.execPath, [cli, 'server', 'stop'], { env });
  rmSync(home, { recursive: true, force: true });
}
