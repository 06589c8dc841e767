/** What the packaged extension says of everybody else's code. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { thirdPartyNotices } from '../scripts/notices.ts';

const root = join(import.meta.dirname, '..');

test('names each package once, with its licence word for word', () => {
  const text = thirdPartyNotices(
    [
      'server/cli.ts',
      'node_modules/zod/index.js',
      'node_modules/zod/v4/core/core.js',
      'node_modules/@preact/signals/dist/a.js',
    ],
    ['sharp'],
  );
  assert.equal(text.match(/^zod \d/gm)?.length, 1);
  assert.ok(text.includes(readFileSync(join(root, 'node_modules/zod/LICENSE'), 'utf8').trim()));
  assert.match(text, /^@preact\/signals \d.*: MIT/m);
  assert.match(text, /^sharp \d.*: Apache-2\.0/m);
});
