import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { removeStaleSockets } from '../../server/system/stale-sockets.ts';
import { endProcess, later, temporaryFolder } from '../support/training-server.ts';

describe('sockets of servers that were killed', { skip: process.platform === 'win32' }, () => {
  it('are removed once they are a minute old; of those that listen, and of other files, none is', async (t) => {
    const folder = temporaryFolder(t);
    const at = (name: string) => join(folder, name);
    for (const name of ['old.sock', 'young.sock']) {
      const script = `require('node:net').createServer().listen(${JSON.stringify(at(name))}, () => console.log('ready'))`;
      const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
      await once(child.stdout, 'data');
      await endProcess(child.pid as number);
    }
    const living = createServer().listen(at('living.sock'));
    later(t, () => living.close());
    await once(living, 'listening');
    writeFileSync(at('file.sock'), 'no socket');
    for (const name of ['old.sock', 'living.sock', 'file.sock']) utimesSync(at(name), 1, 1);
    await removeStaleSockets(folder);
    assert.deepEqual(readdirSync(folder).toSorted(), ['file.sock', 'living.sock', 'young.sock']);
  });
});
