import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Attempt } from '../../server/runtime/attempt.ts';
import { buildWithSomeCompiler } from '../../server/runtime/build-step.ts';
import { machineCompilers } from '../../server/runtime/compiler.ts';
import { RuntimeError } from '../../server/runtime/errors.ts';
import { layoutOf } from '../../server/runtime/location.ts';
import type { Python } from '../../server/runtime/python.ts';
import { fakeTarget } from '../support/fake-tensorflow.ts';

const skip = process.platform === 'linux' ? false : 'SKIPPED: compilers are looked for differently here';

/** A Python that can't fetch anything. */
const python: Python = {
  executable: '/nonexistent/python',
  prefix: '/nonexistent',
  version: '3.11',
  hasPip: true,
  libraryFolders: [],
  tensorflow: undefined,
};

describe('compilers of the machine', { skip }, () => {
  let base: string;
  const saved = { ...process.env };
  beforeEach(async () => {
    base = await fs.mkdtemp(path.join(os.tmpdir(), 'rectiscope-compiler-'));
    const { CXX: _compiler, ...env } = saved;
    process.env = { ...env, PATH: path.join(base, 'bin') };
    await fs.mkdir(path.join(base, 'bin'));
  });
  afterEach(async () => {
    process.env = { ...saved };
    await fs.rm(base, { recursive: true, force: true });
  });

  /** A compiler that says its name and then does this. */
  const compiler = async (name: string, then: string): Promise<string> => {
    const file = path.join(base, 'bin', name);
    const script = `#!/bin/sh\nif [ "$1" = --version ]; then echo "${name} 1.2"; exit 0; fi\n${then}\n`;
    await fs.writeFile(file, script, { mode: 0o755 });
    return file;
  };
  const names = async (): Promise<string[]> => (await machineCompilers(base)).map(({ description }) => description);

  it('are none if the path has none', async () => {
    assert.deepEqual(await names(), []);
  });

  it('are those of CXX first, each once, whatever it is called', async () => {
    const clang = await compiler('clang++', 'exit 0');
    await fs.symlink(clang, path.join(base, 'bin', 'c++'));
    await compiler('g++', 'exit 0');
    assert.deepEqual(await names(), ['clang++ 1.2', 'g++ 1.2']);
    process.env['CXX'] = 'g++ -m64';
    const [first] = await machineCompilers(base);
    assert.deepEqual(first?.command, [path.join(base, 'bin', 'g++'), '-m64']);
  });

  const build = (choice: Attempt['compiler']) => {
    const attempt: Attempt = {
      layout: layoutOf(base),
      staging: base,
      root: path.join(base, 'root'),
      scratch: path.join(base, 'scratch'),
      compiler: choice,
      cuda: false,
      parts: { targetFor: () => fakeTarget([]), build: buildWithSomeCompiler },
      verify: async () => undefined,
      signal: undefined,
      report: () => undefined,
    };
    const request = { target: fakeTarget([]), headers: base, libraries: base, out: path.join(base, 'a.node') };
    return buildWithSomeCompiler(attempt, { ...request, loadFrom: 'beside' }, python);
  };

  it('are tried one after the other until one succeeds', async () => {
    await compiler('g++', 'echo "g++: cannot find -lstdc++" >&2; exit 1');
    await compiler('clang++', 'while [ "$1" != -o ]; do shift; done; echo addon > "$2"');
    assert.equal((await build('machine')).compiler, 'clang++ 1.2');
    assert.equal(await fs.readFile(path.join(base, 'a.node'), 'utf8'), 'addon\n');
  });

  it('that all fail are quoted', async () => {
    await compiler('g++', 'echo "fatal error: napi.h" >&2; exit 1');
    await assert.rejects(
      build('machine'),
      (error) =>
        error instanceof RuntimeError && error.code === 'compile' && /fatal error: napi\.h/.test(error.detail ?? ''),
    );
  });

  it('that are missing are named, if only they may be used', async () => {
    await assert.rejects(
      build('machine'),
      (error) => error instanceof RuntimeError && /no C\+\+ compiler/.test(error.message),
    );
  });
});
