/** Every path that `docs/paper.md` names is there. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

test('docs/paper.md names files that exist', () => {
  const text = readFileSync(new URL('../docs/paper.md', import.meta.url), 'utf8');
  const paths = text.match(/\b(?:server|test|scripts|docs|examples)\/[\w./*-]+/g) ?? [];
  assert.ok(paths.length > 20);
  for (const path of new Set(paths)) assert.ok(globSync(path, { cwd: root }).length > 0, path);
});
