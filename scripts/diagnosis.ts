/**
 * How good is the diagnosis? Trains the labelled cases, several seeds each, through the command line as a user would, and scores
 * what is found, static and live, by rule. Writes docs/diagnosis.md.
 *
 * usage: npm run diagnosis [-- --seeds 1,2] [--case NAME]… [--backend onnx]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { OLDER_TOOLS, type Trace } from './older-tools.ts';

interface Expected {
  readonly must_find: string[];
  readonly may_find: string[];
}
interface Case {
  readonly file: string;
  readonly kind: 'healthy' | 'fault';
  readonly check: Expected;
  readonly train: Expected;
  readonly check_or_train: { readonly must_find: string[] };
  readonly must_not_find: string[];
}

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1,2' },
    case: { type: 'string', multiple: true, default: [] },
    backend: { type: 'string', default: 'auto' },
  },
});
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const cli = path('../server/cli.ts');
const folder = mkdtempSync(join(tmpdir(), 'rectiscope-diagnosis-'));
process.env['RECTISCOPE_HOME'] = join(folder, 'store');
cpSync(path('../test/fixtures/diagnosis-cases'), folder, { recursive: true });
execFileSync(process.execPath, [
  join(folder, 'derive.mjs'),
  path('../data/fashion-mnist'),
  join(folder, 'labels.json'),
]);
const { cases } = JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8')) as { cases: Case[] };

const jsonLines = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const rectiscope = (...args: string[]) =>
  jsonLines(spawnSync(process.execPath, [cli, ...args, '--json'], { encoding: 'utf8', maxBuffer: 2 ** 30 }).stdout);

interface Score {
  hit: number;
  missed: number;
  wrong: number;
  readonly steps: number[];
}
const scores = new Map<string, Score>();
const scoreOf = (rule: string): Score => {
  const score = scores.get(rule) ?? { hit: 0, missed: 0, wrong: 0, steps: [] };
  scores.set(rule, score);
  return score;
};
const problems: string[] = [];
const older = new Map(
  OLDER_TOOLS.map(({ name }) => [name, { faultsFound: 0, faults: 0, healthyFired: 0, healthy: 0 }]),
);

function judge(
  where: string,
  found: ReadonlySet<string>,
  required: readonly string[],
  forbidden: readonly string[],
): void {
  for (const rule of required) {
    if (found.has(rule)) scoreOf(rule).hit++;
    else {
      scoreOf(rule).missed++;
      problems.push(`${where}: missed ${rule}`);
    }
  }
  for (const rule of forbidden)
    if (found.has(rule)) {
      scoreOf(rule).wrong++;
      problems.push(`${where}: found ${rule}, which must not be`);
    }
}

const chosen = cases.filter(
  ({ file }) => options.case.length === 0 || options.case.some((name) => file.startsWith(name)),
);
for (const one of chosen) {
  const file = join(folder, one.file);
  const checked = new Set<string>(rectiscope('check', file)[0].findings.map(({ rule }: { rule: string }) => rule));
  judge(`${one.file}, check`, checked, one.check.must_find, one.must_not_find);
  for (const seed of options.seeds.split(',')) {
    const events = rectiscope('train', file, '--set', `seed=${seed}`, '--backend', options.backend);
    const findings = events.filter(({ event }) => event === 'finding');
    const trained = new Set<string>(findings.map(({ rule }) => rule));
    judge(`${one.file}, seed ${seed}`, trained, one.train.must_find, one.must_not_find);
    judge(`${one.file}, seed ${seed}, check or train`, checked.union(trained), one.check_or_train.must_find, []);
    for (const { rule, step } of findings) scoreOf(rule).steps.push(step);
    const trace: Trace = { events };
    for (const { name, fires } of OLDER_TOOLS) {
      const count = older.get(name);
      if (!count) continue;
      const fired = fires(trace);
      if (one.kind === 'fault') {
        count.faults++;
        if (fired) count.faultsFound++;
      } else {
        count.healthy++;
        if (fired) count.healthyFired++;
      }
    }
    console.error(
      `${one.file}, seed ${seed}: ${findings.map(({ rule, step, cause }) => `${rule}@${step}${cause ? ` (← ${cause})` : ''}`).join(', ') || 'nothing'}`,
    );
  }
}
spawnSync(process.execPath, [cli, 'server', 'stop']);
rmSync(folder, { recursive: true, force: true });

const sum = (key: 'hit' | 'missed' | 'wrong') => [...scores.values()].reduce((total, score) => total + score[key], 0);
const ratio = (part: number, whole: number) => (whole === 0 ? '–' : (part / whole).toFixed(2));
const rows = [...scores]
  .toSorted(([a], [b]) => a.localeCompare(b))
  .map(
    ([rule, { hit, missed, wrong, steps }]) =>
      `| \`${rule}\` | ${ratio(hit, hit + wrong)} | ${ratio(hit, hit + missed)} | ${hit} | ${missed} | ${wrong} | ${steps.length > 0 ? `${Math.min(...steps)}–${Math.max(...steps)}` : '–'} |`,
  );
const text = `# How good the diagnosis is

Made by \`npm run diagnosis\`: ${chosen.length} labelled run files (\`test/fixtures/diagnosis-cases\`, every label checked by training the same
network in PyTorch), seeds ${options.seeds}, static and live, by the command line. A finding that a label allows counts neither way.

Precision ${ratio(sum('hit'), sum('hit') + sum('wrong'))}, recall ${ratio(sum('hit'), sum('hit') + sum('missed'))} over all cases.

| rule | precision | recall | found | missed | wrong | live at steps |
|---|---|---|---|---|---|---|
${rows.join('\n')}

${problems.length > 0 ? `What went wrong:\n\n${problems.map((problem) => `- ${problem}`).join('\n')}` : 'Nothing was missed, nothing was wrong.'}

## The tools before us, on the same runs

Their rules, computed from what we recorded; a tool counts as having found a fault when any of its rules fires, whatever it calls it.

| tool | faulty runs found | healthy runs on which it fires |
|---|---|---|
${[...older].map(([name, { faultsFound, faults, healthyFired, healthy }]) => `| ${name} | ${faultsFound} of ${faults} | ${healthyFired} of ${healthy} |`).join('\n')}
`;
mkdirSync(path('../docs'), { recursive: true });
if (options.case.length === 0) writeFileSync(path('../docs/diagnosis.md'), text);
console.log(text);
