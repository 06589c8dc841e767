/** README says: no telemetry. onnxruntime has it on by default, and keeps an id and unsent events in the user's folder. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Loads onnxruntime and runs a session in a process whose home folder is new; returns what lies in that folder then. */
function filesAfter(code: string): string[] {
  const home = mkdtempSync(join(tmpdir(), 'rectiscope-telemetry-'));
  const env: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: home, USERPROFILE: home, LOCALAPPDATA: home };
  execFileSync(process.execPath, ['--input-type=module', '-e', code], { cwd: root, env });
  return readdirSync(home);
}

it('lets onnxruntime leave nothing behind', { skip: process.platform !== 'linux' && 'seen on Linux' }, () => {
  const ours = `const { loadOnnxruntime } = await import('./server/engines/onnx/load.ts'); await loadOnnxruntime(() => {});`;
  assert.deepEqual(filesAfter(ours), []);
});
