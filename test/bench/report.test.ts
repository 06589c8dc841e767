/** A short run of the benchmarks leaves the tables alone, and says in words what it lacks. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { torchProblem } from '../../bench/compare.ts';
import { onlyPrint, writeSection } from '../../bench/report.ts';

it('does not write a section where figures are only printed', () => {
  const file = join(import.meta.dirname, '..', '..', 'bench', 'README.md');
  const before = readFileSync(file, 'utf8');
  onlyPrint();
  writeSection('plain-30', ['### of a short run']);
  assert.equal(readFileSync(file, 'utf8'), before);
});

it('says which Python has no torch, and what to do', () => {
  assert.match(torchProblem('/nowhere/python') ?? '', /^\/nowhere\/python can't be started .*by --python\.$/);
  // A Python that fails to import: Node does not know the option.
  assert.match(torchProblem(process.execPath) ?? '', /has no torch to compare with .*`pip install torch`/);
});
