/** What a panel takes over from the one before it, and what it does not believe. */
import assert from 'node:assert/strict';
import { chmodSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { newToken, rememberAddress, rememberedAddress, signOfLife } from '../../server/panel/address.ts';
import { temporaryFolder } from '../support/training-server.ts';

const MINUTE_S = 60;

/** Sets a file's time back. */
function age(file: string, seconds: number): void {
  const then = statSync(file).mtimeMs / 1000 - seconds;
  utimesSync(file, then, then);
}

test('a port is remembered for good, a token for ten minutes after the last sign of life', async (t) => {
  const home = temporaryFolder(t);
  const file = join(home, 'panel.json');
  assert.equal(rememberedAddress(home), undefined);
  const address = { port: 40_123, token: newToken() };
  await rememberAddress(home, address);
  assert.deepEqual(rememberedAddress(home), address);
  age(file, 9 * MINUTE_S);
  assert.deepEqual(rememberedAddress(home), address);
  age(file, 2 * MINUTE_S);
  assert.deepEqual(rememberedAddress(home), { port: 40_123 });
  signOfLife(home);
  assert.deepEqual(rememberedAddress(home), address);
  signOfLife(join(home, 'gone'));
  // A clock that was set back: not known to be fresh.
  age(file, -20 * MINUTE_S);
  assert.deepEqual(rememberedAddress(home), { port: 40_123 });
});

test('what others may have written or read is not taken over', { skip: process.platform === 'win32' }, async (t) => {
  const [home, other] = [temporaryFolder(t), temporaryFolder(t)];
  const file = join(home, 'panel.json');
  await rememberAddress(home, { port: 40_123, token: newToken() });
  chmodSync(file, 0o640);
  assert.equal(rememberedAddress(home), undefined);
  chmodSync(file, 0o600);
  symlinkSync(file, join(other, 'panel.json'));
  assert.equal(rememberedAddress(other), undefined);
  for (const odd of ['', '{', 'null', '[]', '{"port":"80"}', '{"port":0}', '{"port":70000}', '{"port":1.5}']) {
    writeFileSync(file, odd);
    assert.equal(rememberedAddress(home), undefined, odd);
  }
  writeFileSync(file, JSON.stringify({ port: 40_123, token: 'short' }));
  assert.deepEqual(rememberedAddress(home), { port: 40_123 });
});

test('no two tokens are the same, and each has 192 bits', () => {
  const tokens = Array.from({ length: 100 }, newToken);
  assert.equal(new Set(tokens).size, 100);
  for (const token of tokens) assert.match(token, /^[0-9a-f]{48}$/);
});
