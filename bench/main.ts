/**
 * Measures and writes the figures, with the machine, into bench/README.md. Machines have slow phases: do it on a quiet one.
 */
import { parseArgs } from 'node:util';
import { WORKLOAD_NAMES } from '../server/timing/workloads.ts';
import { compare, torchProblem } from './compare.ts';
import { growth } from './growth.ts';
import { images } from './images.ts';
import { language } from './language.ts';
import { overhead } from './overhead.ts';
import { panel } from './panel.ts';
import { onlyPrint } from './report.ts';
import { startUp } from './start-up.ts';

/** What a table in README.md is measured with at least. */
const USUAL = { rounds: 5, steps: 12 };

const USAGE =
  'usage: npm run bench [-- SECTION…] [--rounds 5] [--steps 12] [--python PYTHON_WITH_TORCH] [--variants eager,cl,compile,compile_cl]';

function refuse(why: string): never {
  console.error(`${why}\n${USAGE}`);
  process.exit(2);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: String(USUAL.rounds) },
        steps: { type: 'string', default: String(USUAL.steps) },
        python: { type: 'string', default: 'python3' },
        variants: { type: 'string', default: 'eager,cl,compile,compile_cl' },
      },
    });
  } catch (error) {
    return refuse((error as Error).message);
  }
}

const { values, positionals } = readArguments();
const [rounds, steps, python] = [Number(values.rounds), Number(values.steps), values.python];
const variants = values.variants.split(',');

/** In this order: the most important first. */
const SECTIONS: Record<string, () => void | Promise<void>> = {
  ...Object.fromEntries(WORKLOAD_NAMES.map((name) => [name, () => compare(name, { rounds, steps, python, variants })])),
  overhead: () => overhead({ rounds, steps }),
  'start-up': () => startUp({ rounds }),
  language: () => language({ rounds }),
  panel: () => panel({ rounds }),
  growth: () => growth({ steps }),
  images: () => images({ steps: 2 * steps }),
};

const unknown = positionals.filter((name) => !(name in SECTIONS));
if (unknown.length > 0)
  refuse(`There is no section ${unknown.join(', ')}: choose from ${Object.keys(SECTIONS).join(', ')}.`);
if (!(rounds >= 1 && steps >= 1)) refuse('--rounds and --steps must be whole numbers of at least 1.');
const chosen = Object.entries(SECTIONS).filter(([name]) => positionals.length === 0 || positionals.includes(name));
const withTorch: readonly string[] = WORKLOAD_NAMES;
const problem = chosen.some(([name]) => withTorch.includes(name)) ? torchProblem(python) : undefined;
if (problem !== undefined) refuse(problem);
if (rounds < USUAL.rounds || steps < USUAL.steps) {
  onlyPrint();
  console.error(
    `A run of fewer than ${USUAL.rounds} rounds or ${USUAL.steps} steps is only printed: bench/README.md is not changed.`,
  );
}
for (const [, measure] of chosen) await measure();
