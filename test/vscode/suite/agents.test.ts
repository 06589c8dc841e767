/** The server for agents that the extension registers with VS Code: started as VS Code starts it, it answers. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as vscode from 'vscode';
import { extension } from './window.ts';

describe('the server for agents', () => {
  it('is one, of this folder, and answers when it is started as it is described', async () => {
    const { parts } = await extension();
    const [server, ...others] = parts.mcpServers();
    assert.ok(server && others.length === 0);
    assert.equal(server.cwd?.fsPath, vscode.workspace.workspaceFolders?.[0]?.uri.fsPath);
    const changed = Object.entries({ ...process.env, ...server.env }).filter(([, value]) => value !== null);
    const env = Object.fromEntries(changed.map(([name, value]) => [name, String(value)]));
    const child = spawn(server.command, server.args, {
      cwd: server.cwd?.fsPath,
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      const clientInfo = { name: 'suite', version: '1' };
      const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n`);
      const [answer] = (await once(child.stdout, 'data')) as [Buffer];
      assert.equal(JSON.parse(answer.toString()).result.serverInfo.name, 'rectiscope');
      child.stdin.end();
      const [code] = (await once(child, 'exit')) as [number | null];
      assert.equal(code, 0);
    } finally {
      child.kill();
    }
  });
});
