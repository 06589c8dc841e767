/** Every path, npm script and command that `docs/paper.md` names is there. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const text = read('docs/paper.md');
const found = (pattern: RegExp) => new Set([...text.matchAll(pattern)].map((match) => match[1] ?? match[0]));

describe('docs/paper.md', () => {
  it('names files that exist', () => {
    const paths = found(/\b(?:server|test|scripts|bench|docs|examples)\/[\w./*-]*\w/g);
    assert.ok(paths.size > 50);
    for (const path of paths) assert.ok(globSync(path, { cwd: root }).length > 0, path);
  });

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = found(/npm run ([\w:]+)/g);
    assert.ok(named.has('paper'));
    for (const name of named) assert.ok(name in scripts, name);
  });

  it('names commands and options that exist', () => {
    const commands = globSync('server/cli/*.ts', { cwd: root }).map(read).join('\n');
    const named = found(/npx rectiscope (\w+)/g);
    assert.ok(named.size >= 5);
    for (const name of named) assert.ok(commands.includes(`new Command('${name}')`), name);
    for (const option of found(/ (--\w+)/g))
      if (option !== '--test') assert.ok(new RegExp(`[Oo]ption\\('${option}\\b`).test(commands), option);
  });

  it('has a row for every table and figure of the paper', () => {
    for (let i = 1; i <= 7; i++)
      for (const what of ['Table', 'Figure']) assert.match(text, new RegExp(`\\| ${what} ${i}:`));
    for (let i = 1; i <= 15; i++) {
      const covered = [...text.matchAll(/Equations? (\d+)(?: (?:to|and) (\d+))?/g)].some(
        ([, from, to = from]) => Number(from) <= i && i <= Number(to),
      );
      assert.ok(covered, `equation ${i}`);
    }
  });
});
