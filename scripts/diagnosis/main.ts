/**
 * How good is the diagnosis? Trains the labelled cases and the held-out ones, several seeds each, through the command line as a
 * user would, and scores the findings, static and live, by rule. Writes docs/diagnosis.md.
 *
 * usage: npm run diagnosis [-- --seeds 1,2,3] [--case NAME]… [--backend onnx]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeHeldOut } from './held-out-cases.ts';
import { OlderScores } from './older-scores.ts';
import { report } from './report.ts';
import { type Case, Scores } from './score.ts';

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1,2,3' },
    case: { type: 'string', multiple: true, default: [] },
    backend: { type: 'string', default: 'auto' },
  },
});
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const cli = path('../../server/cli.ts');
const folder = mkdtempSync(join(tmpdir(), 'rectiscope-diagnosis-'));
process.env['RECTISCOPE_HOME'] = join(folder, 'store');
cpSync(path('../../test/fixtures/diagnosis-cases'), folder, { recursive: true });
const labelled = (JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8')) as { cases: Case[] }).cases;
const heldOut = writeHeldOut(folder);
for (const labels of ['labels.json', 'held-out.json'])
  execFileSync(process.execPath, [join(folder, 'derive.mjs'), path('../../data/fashion-mnist'), join(folder, labels)]);

const jsonLines = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const rectiscope = (...args: string[]) =>
  jsonLines(spawnSync(process.execPath, [cli, ...args, '--json'], { encoding: 'utf8', maxBuffer: 2 ** 30 }).stdout);

const older = new OlderScores();
const seeds = options.seeds.split(',');
const wanted = ({ file }: Case) => options.case.length === 0 || options.case.some((name) => file.startsWith(name));

/** Check a case, train it with every seed, and score both. */
function score(one: Case, scores: Scores): void {
  const file = join(folder, one.file);
  const checked = new Set<string>(rectiscope('check', file)[0].findings.map(({ rule }: { rule: string }) => rule));
  const forbidden = one.must_not_find;
  scores.judge(`${one.file}, check`, checked, { required: one.check.must_find, forbidden });
  for (const seed of seeds) {
    const events = rectiscope('train', file, '--set', `seed=${seed}`, '--backend', options.backend);
    const findings = events.filter(({ event }) => event === 'finding');
    const trained = new Set<string>(findings.map(({ rule }) => rule));
    const where = `${one.file}, seed ${seed}`;
    scores.judge(where, trained, { required: one.train.must_find, forbidden });
    const either = { required: one.check_or_train.must_find, forbidden: [] };
    scores.judge(`${where}, check or train`, checked.union(trained), either);
    const must = new Set([...one.train.must_find, ...one.check_or_train.must_find]);
    for (const { rule, step } of findings) if (must.has(rule)) scores.of(rule).steps.push(step);
    older.take(one, { events });
    const found = findings.map(({ rule, step, cause }) => `${rule}@${step}${cause ? ` (← ${cause})` : ''}`);
    console.error(`${where}: ${found.join(', ') || 'nothing'}`);
  }
}

const groups = [
  { name: 'labelled', cases: labelled.filter(wanted), scores: new Scores() },
  { name: 'held out', cases: heldOut.filter(wanted), scores: new Scores() },
] as const;
for (const { cases, scores } of groups) for (const one of cases) score(one, scores);
spawnSync(process.execPath, [cli, 'server', 'stop']);
rmSync(folder, { recursive: true, force: true });

const text = report({ labelled: groups[0], heldOut: groups[1], seeds, older: older.tables() });
if (options.case.length === 0) writeFileSync(path('../../docs/diagnosis.md'), text);
console.log(text);
