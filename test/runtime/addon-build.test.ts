import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { type BuildRequest, compileArguments, definitionFile } from '../../server/runtime/addon-build.ts';
import { addonSource } from '../../server/runtime/addon-source.ts';
import { type Machine, targetFor } from '../../server/runtime/target.ts';

const source = await addonSource();

const request = (machine: Partial<Machine>, loadFrom: BuildRequest['loadFrom'] = 'beside'): BuildRequest => ({
  source,
  target: targetFor({ platform: 'linux', arch: 'x64', glibc: '2.36', pythonVersion: '3.11', ...machine }, false),
  headers: '/rt/tensorflow/include',
  libraries: '/rt/tensorflow',
  out: '/rt/tensorflow/tfjs_binding.node',
  loadFrom,
});

describe('the addon’s source', () => {
  it('is in the npm packages', async () => {
    assert.deepEqual(
      source.files.map((file) => path.basename(file)),
      ['tfjs_backend.cc', 'tfjs_binding.cc'],
    );
    for (const file of [...source.files, path.join(source.nodeHeaders, 'node_api.h')]) await fs.access(file);
    assert.match(source.version, /^4\.\d+\.\d+$/);
  });

  it('mentions the functions that an import library must name', () => {
    for (const name of ['TF_Version', 'TFE_Execute', 'TF_LoadSessionFromSavedModel', 'TF_SessionRun']) {
      assert.ok(source.tensorflowNames.includes(name), name);
    }
    for (const name of ['napi_create_int32', 'napi_define_properties', 'napi_set_instance_data']) {
      assert.ok(source.nodeNames.includes(name), name);
    }
    assert.equal(definitionFile('node.exe', ['a', 'b']), 'LIBRARY node.exe\nEXPORTS\n    a\n    b\n');
  });
});

describe('the compiler’s arguments', () => {
  it('link with the libraries’ files and look for them beside the addon', () => {
    const args = compileArguments(request({}), 'machine', []);
    assert.ok(args.includes('/rt/tensorflow/libtensorflow_cc.so.2'));
    assert.ok(args.includes('-Wl,-rpath,$ORIGIN'));
    assert.ok(args.includes('-DNAPI_VERSION=8'));
    assert.ok(!args.includes('-target'));
  });

  it('look in the environment’s folder if the libraries are not ours', () => {
    assert.ok(compileArguments(request({}, 'libraries'), 'machine', []).includes('-Wl,-rpath,/rt/tensorflow'));
  });

  it('pass zig the system to build for', () => {
    const args = compileArguments(request({ arch: 'arm64' }), 'zig', []);
    assert.equal(args[args.indexOf('-target') + 1], 'aarch64-linux-gnu.2.27');
  });

  it('leave Node’s functions open on macOS', () => {
    const args = compileArguments(request({ platform: 'darwin', arch: 'arm64' }), 'machine', []);
    assert.ok(args.includes('-Wl,-rpath,@loader_path'));
    assert.equal(args[args.indexOf('-undefined') + 1], 'dynamic_lookup');
    assert.ok(args.includes('/rt/tensorflow/libtensorflow_cc.2.dylib'));
  });

  it('link with import libraries on Windows, which has no run path', () => {
    const args = compileArguments(request({ platform: 'win32' }), 'zig', ['node.lib', 'tf.lib']);
    assert.ok(args.includes('node.lib') && args.includes('tf.lib'));
    assert.ok(!args.some((arg) => arg.includes('rpath') || arg.endsWith('.dll') || arg === '-fPIC'));
  });
});
