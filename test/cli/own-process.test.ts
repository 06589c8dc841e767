/** Work in a process of its own: what a library writes there is not the user's, what the command says is. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../support/own-process-command.ts', import.meta.url));

/** `onReady`: called with the command's process once it has printed. */
async function run(how: string, onReady?: (pid: number) => void) {
  const child = spawn(process.execPath, [program, how], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  if (onReady) child.stdout.once('data', () => onReady(child.pid ?? 0));
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code, stdout, stderr };
}

describe('a command that computes in a separate process', () => {
  it('prints its own output, and none of a library’s', async () => {
    assert.deepEqual(await run('good'), { code: 0, stdout: 'result\n', stderr: 'words\n' });
  });

  it('ends as its work ended', async () => {
    assert.deepEqual(await run('bad'), { code: 2, stdout: 'result\n', stderr: 'words\nmend it\n' });
  });

  it('shows the output of a process that was interrupted', async () => {
    const { code, stderr } = await run('abort');
    assert.equal(code, 1);
    assert.match(stderr, /^words\n(.|\n)*chatter of a library\n(.|\n)*The command was ended by SIG/);
  });

  it('is interrupted once by one interrupt', { skip: process.platform === 'win32' && 'no signals' }, async () => {
    const { code, stderr } = await run('wait', (pid) => process.kill(pid, 'SIGINT'));
    assert.equal(code, 130);
    assert.equal(stderr, 'words\nInterrupted; nothing was changed.\n');
  });

  it('leaves no process behind if it is killed', {
    skip: process.platform === 'win32' && 'no signals',
  }, async () => {
    // Its work holds standard output open: reading that to its end waits for the end of the work.
    const { code } = await run('wait', (pid) => process.kill(pid, 'SIGKILL'));
    assert.equal(code, null);
  });
});
