/** Addons that were built beforehand: which are taken, and whether they are for the platform whose folder they lie in. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { binaryKind } from '../../scripts/binary-kind.ts';
import { addonSource, sessionSource } from '../../server/runtime/addon-source.ts';
import { findPrebuilt, PREBUILT, prebuiltFolder, sourceKey } from '../../server/runtime/prebuilt.ts';
import { withFolder } from '../support/idx.ts';

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64'];
const sources = await Promise.all([addonSource(), sessionSource()]);

describe('addons that were built beforehand', () => {
  it('are used only if they were built from these sources', () =>
    withFolder(async (folder) => {
      const find = () => findPrebuilt('linux-x64', sources, folder);
      const write = (key: string) =>
        writeFileSync(join(folder, PREBUILT.about), JSON.stringify({ compiler: 'zig 1', sources: key }));
      assert.equal(await find(), undefined, 'there are none');
      write('of an earlier release');
      assert.equal(await find(), undefined);
      write(await sourceKey(sources));
      assert.deepEqual(await find(), { folder, compiler: 'zig 1' });
      const [tfjs] = sources;
      assert.notEqual(await sourceKey([tfjs]), await sourceKey(sources));
    }));

  for (const platform of PLATFORMS) {
    const folder = prebuiltFolder(platform);
    const skip = existsSync(folder) ? false : `NOT TESTED: \`npm run addons\` has not been run for ${platform}.`;
    it(`are for ${platform}, and export what Node calls`, { skip }, () => {
      for (const name of [PREBUILT.tfjs, PREBUILT.sessions]) {
        const bytes = readFileSync(join(folder, name));
        assert.equal(binaryKind(bytes), platform);
        assert.ok(bytes.includes('napi_register_module_v1'));
        assert.ok(bytes.includes(platform === 'win32-x64' ? '_pywrap_tensorflow_common.dll' : 'libtensorflow_cc'));
      }
    });
  }

  it('are distinguished from other files', () => {
    assert.equal(binaryKind(Buffer.from('no library')), undefined);
    assert.equal(binaryKind(Buffer.alloc(100)), undefined);
    assert.match(binaryKind(readFileSync(process.execPath)) ?? '', /^(linux|darwin|win32)-(x64|arm64)$/);
  });
});
