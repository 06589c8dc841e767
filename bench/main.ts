/**
 * Measures and writes the figures, with the machine, into bench/README.md. Machines have slow phases: do it on a quiet one.
 */
import { parseArgs } from 'node:util';
import { WORKLOAD_NAMES } from '../server/timing/workloads.ts';
import { compare } from './compare.ts';
import { growth } from './growth.ts';
import { images } from './images.ts';
import { language } from './language.ts';
import { overhead } from './overhead.ts';
import { panel } from './panel.ts';
import { startUp } from './start-up.ts';

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
        rounds: { type: 'string', default: '5' },
        steps: { type: 'string', default: '12' },
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
for (const [name, measure] of Object.entries(SECTIONS))
  if (positionals.length === 0 || positionals.includes(name)) await measure();
