/** How commands are named in messages. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { asTyped, commandName, typedCommand } from '../../server/system/command-name.ts';

/** A folder with a program of this name. */
function folderWith(...[file, below = '']: [file: string, below?: string]): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'rectiscope-name-')), below);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, file), '');
  chmodSync(join(folder, file), 0o755);
  return folder;
}

describe('the name of the command', () => {
  const platform = 'linux';

  it('is the bare one where a shell finds it', () => {
    assert.equal(commandName({ platform, path: ['/nowhere', folderWith('rectiscope')] }), 'rectiscope');
    assert.equal(commandName({ platform: 'win32', path: [folderWith('rectiscope.cmd')] }), 'rectiscope');
  });

  it('is npx’s where only npm put it on the path', () => {
    const path = ['', '/nowhere', folderWith('rectiscope', join('node_modules', '.bin'))];
    assert.equal(commandName({ platform, path }), 'npx rectiscope');
  });

  it('replaces commands in backticks, and nothing else', () => {
    const name = typedCommand();
    assert.equal(asTyped('Ask `rectiscope runs`.'), `Ask \`${name} runs\`.`);
    for (const text of ['rectiscope runs', '`npx rectiscope runs`', '`rectiscope`', '/a/`rectiscope.log`'])
      assert.equal(asTyped(text), text);
    assert.equal(asTyped(asTyped('`rectiscope runs`')), `\`${name} runs\``);
  });
});
