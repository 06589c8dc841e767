/** A training step and a test of a batch, compared with PyTorch's in alternated rounds of one run. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatFixed } from '../server/domain/numbers/format.ts';
import { runtimeFolder } from '../server/runtime/location.ts';
import { processFile } from '../server/system/processes.ts';
import type { WorkloadName } from '../server/timing/workloads.ts';
import { file, logProgress, machine, spread, writeSection } from './report.ts';

interface CompareOptions {
  readonly rounds: number;
  readonly steps: number;
  /** A Python that has torch. */
  readonly python: string;
  /** PyTorch's variants to try. */
  readonly variants: readonly string[];
}

type Mode = 'train' | 'infer';

interface PeerTiming {
  readonly peer: string;
  readonly net: string;
  readonly variant: string;
  readonly threads: number;
  readonly ms: number;
}

interface OwnTiming {
  readonly backend: string;
  readonly library: string;
  readonly parts: number;
  readonly step_ms: number;
  readonly evaluate_ms: number;
}

/** PyTorch's networks for a workload: the same layers, and, if its `same` padding of even kernels copies, layers without it. */
const PEERS: Record<WorkloadName, readonly string[]> = {
  'plain-30': ['plain30'],
  'small-14': ['small14', 'small14_nocopy'],
};
/** After the first round only variants within this factor of the best continue. */
const CLOSE = 1.25;

function jsonLines<T>(command: string, args: readonly string[]): T[] {
  const output = execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: process.env,
  });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

/** Why a Python can't be compared with, and what to do; undefined where it has torch. */
export function torchProblem(python: string): string | undefined {
  const { error, status, stderr } = spawnSync(python, ['-c', 'import torch'], { encoding: 'utf8' });
  if (error) return `${python} can't be started (${error.message}): name a Python that has torch by --python.`;
  if (status === 0) return undefined;
  const why = stderr.trim().split('\n').at(-1);
  return `${python} has no torch to compare with (${why}): name one that has it by --python (\`pip install torch\`), or choose other sections.`;
}

/** The variants of one workload in one mode that are worth a round, with their times. */
class Peer {
  readonly #mode: Mode;
  readonly #options: CompareOptions;
  /** Variants by network. */
  #left: Map<string, readonly string[]>;

  constructor(workload: WorkloadName, mode: Mode, options: CompareOptions) {
    this.#mode = mode;
    this.#options = options;
    this.#left = new Map(PEERS[workload].map((net) => [net, options.variants]));
  }

  /** The best variant of this round. */
  round(): PeerTiming {
    const { python, steps } = this.#options;
    const timings = [...this.#left].flatMap(([net, variants]) =>
      jsonLines<PeerTiming>(python, [
        file('torch_step.py'),
        ...['--net', net, '--mode', this.#mode, '--variants', variants.join(',')],
        ...['--steps', String(steps), '--warm', '5'],
      ]),
    );
    const [best] = timings.toSorted((a, b) => a.ms - b.ms);
    if (!best) throw new Error('PyTorch returned no times');
    const close = timings.filter(({ ms }) => ms <= CLOSE * best.ms);
    this.#left = new Map(
      Map.groupBy(close, ({ net }) => net)
        .entries()
        .map(([net, all]) => [net, all.map(({ variant }) => variant)]),
    );
    logProgress(`${this.#mode}: ${timings.map(({ net, variant, ms }) => `${net} ${variant} ${ms} ms`).join(', ')}`);
    return best;
  }
}

const own = (words: readonly string[]) =>
  jsonLines<OwnTiming>(process.execPath, [processFile('cli'), 'bench', '--json', ...words]);

interface Row {
  readonly engine: string;
  readonly times: number[];
  readonly ratios: number[];
}

/** Times of a mode, engine by engine. */
class Table {
  readonly #rows = new Map<string, Row>();
  readonly #peerTimes: number[] = [];
  readonly #bestVariants = new Set<string>();
  #peer = '';

  note(peer: PeerTiming, timings: readonly (readonly [engine: string, ms: number])[]): void {
    this.#peerTimes.push(peer.ms);
    this.#peer = `${peer.peer}, ${peer.threads} threads`;
    this.#bestVariants.add(peer.net.endsWith('nocopy') ? `${peer.variant}, no padding copied` : peer.variant);
    for (const [engine, ms] of timings) {
      const row = this.#rows.get(engine) ?? { engine, times: [], ratios: [] };
      this.#rows.set(engine, row);
      row.times.push(ms);
      row.ratios.push(peer.ms / ms);
    }
  }

  lines(unit: string): string[] {
    return [
      `| engine | ${unit} | times PyTorch’s speed |`,
      '|---|---|---|',
      `| ${this.#peer}; best: ${[...this.#bestVariants].join('; ')} | ${spread(this.#peerTimes, 0)} | 1 |`,
      ...[...this.#rows.values()].map(
        ({ engine, times, ratios }) => `| ${engine} | ${spread(times, 0)} | ${spread(ratios, 2)} |`,
      ),
    ];
  }
}

/** Compare, and write the section of this workload. */
export function compare(workload: WorkloadName, options: CompareOptions): void {
  const cache = mkdtempSync(join(tmpdir(), 'rectiscope-bench-'));
  // Compiled once, not once per round; a cache of our own, so that these measurements do not decide the user's number of parts. The
  // installed runtime stays in sight.
  const folders = { TORCHINDUCTOR_CACHE_DIR: join(cache, 'inductor'), RECTISCOPE_RUNTIME: runtimeFolder() };
  Object.assign(process.env, folders, { XDG_DATA_HOME: join(cache, 'user') });
  try {
    const chosen = own(['--workload', workload, '--steps', String(options.steps)]);
    logProgress(`${workload}: ${chosen.map(({ backend, parts }) => `${backend} in ${parts} parts`).join(', ')}`);
    const peers = { train: new Peer(workload, 'train', options), infer: new Peer(workload, 'infer', options) };
    const tables = { train: new Table(), infer: new Table() };
    for (let round = 1; round <= options.rounds; round++) {
      const peer = { train: peers.train.round(), infer: peers.infer.round() };
      const timings = chosen.flatMap(({ backend, parts }) =>
        own(['--workload', workload, '--steps', String(options.steps), '--backend', backend, '--parts', String(parts)]),
      );
      const rows = (key: 'step_ms' | 'evaluate_ms') =>
        timings.map(
          (timing) => [`${timing.backend} (${timing.library}), parts: ${timing.parts}`, timing[key]] as const,
        );
      tables.train.note(peer.train, rows('step_ms'));
      tables.infer.note(peer.infer, rows('evaluate_ms'));
      logProgress(
        `round ${round}: ${timings.map(({ backend, step_ms, evaluate_ms }) => `${backend} ${formatFixed(step_ms, 0)} and ${formatFixed(evaluate_ms, 0)} ms`).join(', ')}`,
      );
    }
    writeSection(workload, [
      `### \`${workload}\``,
      '',
      `\`npm run bench -- ${workload} --rounds ${options.rounds} --steps ${options.steps} --variants ${options.variants}\`, ${machine()}; ${options.rounds} alternated rounds of ${options.steps} steps; median of the rounds' medians and their range.`,
      '',
      ...tables.train.lines('ms per training step'),
      '',
      ...tables.infer.lines('ms per test of a batch'),
    ]);
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}
