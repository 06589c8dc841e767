import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RuntimeError } from '../../server/runtime/errors.ts';
import { type RuntimePaths, runtimeStatus } from '../../server/runtime/status.ts';
import { verifyBy, verifyByProduct } from '../../server/runtime/verify.ts';
import { processFile } from '../../server/system/processes.ts';

const status = await runtimeStatus();
const skip = status.installed ? false : `SKIPPED: ${status.problem} ${status.advice}`;

const checks = { 'by a product': verifyByProduct, 'by training': verifyBy(processFile('runtime-verify')) };
const fails =
  (words: RegExp) =>
  (error: unknown): boolean =>
    error instanceof RuntimeError && error.code === 'verify' && words.test(error.detail ?? '');

for (const [name, verify] of Object.entries(checks)) {
  describe(`trying a runtime out ${name}`, () => {
    it('refuses a file that is not an addon, with a message', async () => {
      const file = fileURLToPath(import.meta.url);
      const paths: RuntimePaths = {
        addon: file,
        libraries: path.dirname(file),
        searchPath: [],
        version: '2.21.0',
        variant: 'cpu',
      };
      await assert.rejects(verify({ ...paths, addon: '/nonexistent/tfjs_binding.node' }), fails(/can’t be loaded/));
    });

    it('accepts the installed one', { skip }, async () => {
      if (status.installed) await verify(status);
    });

    it('refuses a library of another version than requested', { skip }, async () => {
      if (status.installed) await assert.rejects(verify({ ...status, version: '1.15.0' }), fails(/not 1\.15\.0/));
    });
  });
}
