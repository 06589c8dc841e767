import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RuntimeError } from '../../server/runtime/errors.ts';
import { isOlder, type Machine, targetFor } from '../../server/runtime/target.ts';

const machine = (platform: NodeJS.Platform, arch: string, more: Partial<Machine> = {}): Machine => ({
  platform,
  arch,
  glibc: '2.36',
  pythonVersion: '3.12',
  ...more,
});

const refuses = (one: Machine, cuda: boolean, code: string, words: RegExp): void =>
  assert.throws(
    () => targetFor(one, cuda),
    (error) => error instanceof RuntimeError && error.code === code && words.test(error.message),
  );

describe('what is installed where', () => {
  it('is the small wheel on Linux x86-64, the large one for CUDA', () => {
    const cpu = targetFor(machine('linux', 'x64'), false);
    assert.equal(cpu.wheel.requirement, 'tensorflow-cpu==2.21.0');
    assert.equal(cpu.variant, 'cpu');
    assert.ok(cpu.wheel.platforms.includes('manylinux_2_27_x86_64'));
    const cuda = targetFor(machine('linux', 'x64'), true);
    assert.equal(cuda.wheel.requirement, 'tensorflow==2.21.0');
    assert.equal(cuda.variant, 'cuda');
    assert.ok(cuda.bytesNeeded > cpu.bytesNeeded);
  });

  it('is independent of the machine’s Python but on Windows, whose DLL imports Python’s', () => {
    for (const one of [machine('linux', 'x64'), machine('linux', 'arm64'), machine('darwin', 'arm64')]) {
      assert.equal(targetFor({ ...one, pythonVersion: '3.14' }, false).wheel.pythonVersion, '3.11');
    }
    const sums = ['3.10', '3.11', '3.12', '3.13'].map((pythonVersion) => {
      const { wheel } = targetFor(machine('win32', 'x64', { pythonVersion }), false);
      assert.equal(wheel.pythonVersion, pythonVersion);
      return wheel.sha256[0];
    });
    assert.equal(new Set(sums).size, 4);
    refuses(machine('win32', 'x64', { pythonVersion: '3.14' }), false, 'no-wheel', /3\.14.*--python/);
  });

  it('pins every file by a sum of 256 bits', () => {
    for (const one of [
      machine('linux', 'x64'),
      machine('linux', 'arm64'),
      machine('darwin', 'arm64'),
      machine('win32', 'x64'),
    ]) {
      const { wheel, zig } = targetFor(one, false);
      for (const sum of [...wheel.sha256, ...zig.sha256]) assert.match(sum, /^[0-9a-f]{64}$/);
      assert.equal(wheel.sha256.length, 1);
      assert.equal(zig.sha256.length, 1);
    }
  });

  it('is undefined if TensorFlow publishes nothing, and the user reads that training works anyway', () => {
    refuses(machine('linux', 'x64', { glibc: '2.17' }), false, 'unsupported', /glibc 2\.27.*2\.17.*onnx/);
    refuses(machine('linux', 'x64', { glibc: undefined }), false, 'unsupported', /another C library/);
    refuses(machine('darwin', 'x64'), false, 'unsupported', /darwin-x64.*onnx/);
    refuses(machine('darwin', 'arm64'), true, 'unsupported', /CUDA/);
    refuses(machine('linux', 'arm64'), true, 'unsupported', /CUDA/);
    refuses(machine('linux', 'ppc64'), true, 'unsupported', /CUDA/);
  });
});

describe('versions', () => {
  it('are compared number by number', () => {
    assert.ok(isOlder('2.9', '2.27'));
    assert.ok(!isOlder('2.27', '2.27'));
    assert.ok(!isOlder('2.27.1', '2.27'));
    assert.ok(isOlder('1.99', '2'));
  });
});
