/**
 * Compares a training step with PyTorch's, in alternated rounds of one run, and writes the ratio with the machine into
 * bench/README.md. Machines have slow phases: only ratios of neighbouring rounds count.
 *
 * usage: npm run bench -- [--rounds 5] [--workload plain-30] [--steps 20] [--python PYTHON_WITH_TORCH]
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    workload: { type: 'string', default: 'plain-30' },
    steps: { type: 'string', default: '20' },
    python: { type: 'string', default: 'python3' },
  },
});
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const PEER_NAMES: Record<string, string> = { 'plain-30': 'plain30', 'small-14': 'small14' };

const jsonLines = (output: string) =>
  output
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const run = (command: string, args: readonly string[]) =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: process.env });

interface Measured {
  readonly who: string;
  readonly ms: number;
}

/** PyTorch's best variant of a round is the peer. */
function peer(): Measured {
  const args = [
    '--net',
    PEER_NAMES[options.workload] ?? options.workload,
    '--variants',
    'eager,cl',
    '--steps',
    options.steps,
    '--warm',
    '5',
  ];
  const lines = jsonLines(run(options.python, [file('torch_step.py'), ...args]));
  const best = lines.toSorted((a, b) => a.ms - b.ms)[0];
  return {
    who: `${best.peer.replace(/\+.*/, '')}, its best variant of the round, ${best.threads} threads`,
    ms: best.ms,
  };
}

/** Rectiscope on each backend that the machine has. */
function own(): Measured[] {
  const lines = jsonLines(
    run(process.execPath, [
      file('../server/cli.ts'),
      'bench',
      '--workload',
      options.workload,
      '--steps',
      options.steps,
      '--json',
    ]),
  );
  return lines.map((line) => ({ who: `${line.backend} (${line.library}), ${line.parts} parts`, ms: line.step_ms }));
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const range = (values: readonly number[], digits: number) =>
  `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`;

const times = new Map<string, number[]>();
const ratios = new Map<string, number[]>();
const note = (to: Map<string, number[]>, who: string, value: number) => to.set(who, [...(to.get(who) ?? []), value]);
for (let round = 1; round <= Number(options.rounds); round++) {
  const theirs = peer();
  note(times, theirs.who, theirs.ms);
  for (const { who, ms } of own()) {
    note(times, who, ms);
    note(ratios, who, theirs.ms / ms);
  }
  console.error(`round ${round}: ${[...times].map(([who, all]) => `${who} ${all.at(-1)?.toFixed(0)} ms`).join(', ')}`);
}

const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} hardware threads, ${process.platform}-${process.arch}, Node ${process.version}`;
const rows = [...times].map(([who, all]) => {
  const ratio = ratios.get(who);
  return `| ${who} | ${median(all).toFixed(0)} (${range(all, 0)}) | ${ratio ? `${median(ratio).toFixed(2)} (${range(ratio, 2)})` : '1'} |`;
});
const section = [
  `<!-- ${options.workload} -->`,
  `### \`${options.workload}\`, a training step`,
  '',
  `${new Date().toISOString().slice(0, 10)}, ${machine}; ${options.rounds} alternated rounds of ${options.steps} steps; median of the rounds' medians and their range.`,
  '',
  '| engine | ms a step | times PyTorch’s speed |',
  '|---|---|---|',
  ...rows,
  `<!-- end ${options.workload} -->`,
].join('\n');

const readme = file('README.md');
const text = readFileSync(readme, 'utf8');
const place = new RegExp(`<!-- ${options.workload} -->[^]*<!-- end ${options.workload} -->`);
writeFileSync(readme, place.test(text) ? text.replace(place, () => section) : `${text.trimEnd()}\n\n${section}\n`);
console.log(section);
