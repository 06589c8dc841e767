import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { RuntimeError, type RuntimeErrorCode } from '../../server/runtime/errors.ts';
import { announcedBytes, fetchWheel } from '../../server/runtime/pip.ts';
import { pipFailure } from '../../server/runtime/pip-failure.ts';
import { cudaRequirements } from '../../server/runtime/prepare-pip.ts';
import { findPythons, type Python, pythonCommands, withPip } from '../../server/runtime/python.ts';
import { fakeTarget, noPip, onlyFrom, writeFakeEnvironment, writeFakeWheel } from '../support/fake-tensorflow.ts';

/** What pip printed in each case, shortened. The hosts are made up. */
const OUTPUTS: readonly { code: RuntimeErrorCode; output: string; words: RegExp }[] = [
  {
    code: 'offline',
    words: /offline.*--source environment/,
    output: `WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object at 0x7f>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/x/
ERROR: Could not find a version that satisfies the requirement x==1 (from versions: none)
ERROR: No matching distribution found for x==1`,
  },
  {
    code: 'proxy',
    words: /HTTPS_PROXY/,
    output: `WARNING: Retrying (Retry(total=0)) after connection broken by 'ProxyError('Cannot connect to proxy.', NewConnectionError('<…>: Failed to establish a new connection: [Errno 111] Connection refused'))': /simple/x/
ERROR: No matching distribution found for x==1`,
  },
  {
    code: 'proxy',
    words: /HTTPS_PROXY/,
    output: `Could not fetch URL: connection error: HTTPSConnectionPool(host='index.example', port=443): Max retries exceeded (Caused by ProxyError('Unable to connect to proxy', OSError('Tunnel connection failed: 407 Proxy Authentication Required'))) - skipping`,
  },
  {
    code: 'certificate',
    words: /global\.cert/,
    output: `Could not fetch URL: There was a problem confirming the ssl certificate: (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate'))) - skipping`,
  },
  {
    code: 'refused',
    words: /pip config list/,
    output:
      'ERROR: HTTP error 403 while getting index.example/x-1-py3-none-any.whl\nERROR: 403 Client Error: Forbidden for url: index.example',
  },
  {
    code: 'disk',
    words: /RECTISCOPE_RUNTIME/,
    output: 'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
  },
  { code: 'no-pip', words: /python3-pip/, output: '/usr/bin/python3: No module named pip' },
  {
    code: 'permission',
    words: /belongs to you/,
    output: "ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/opt/x'",
  },
  {
    code: 'fetch',
    words: /connection was lost/,
    output:
      "pip._vendor.urllib3.exceptions.ReadTimeoutError: HTTPSConnectionPool(host='files.example', port=443): Read timed out.",
  },
  {
    code: 'no-wheel',
    words: /mirror/,
    output:
      'ERROR: Could not find a version that satisfies the requirement x==1 (from versions: 0.9)\nERROR: No matching distribution found for x==1',
  },
  { code: 'fetch', words: /could not fetch x==1/, output: 'Traceback (most recent call last):\n  something new' },
];

describe('what pip says', () => {
  for (const { code, output, words } of OUTPUTS) {
    it(`becomes “${code}”: ${output.slice(0, 60).replaceAll('\n', ' ')} …`, () => {
      const error = pipFailure('x==1', output);
      assert.equal(error.code, code);
      assert.match(error.message, words);
      assert.ok(error.detail !== undefined && output.includes(error.detail.split('\n').at(-1) ?? '-'));
    });
  }

  it('announces sizes', () => {
    assert.equal(
      announcedBytes('Downloading tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl (273.8 MB)'),
      273.8e6,
    );
    assert.equal(announcedBytes('  Downloading six-1.17.0-py2.py3-none-any.whl (11 kB)'), 11e3);
    assert.equal(announcedBytes('Downloading six-1.17.0-py2.py3-none-any.whl.metadata (1.7 kB)'), 1.7e3);
    assert.equal(announcedBytes('Saved ./six-1.17.0-py2.py3-none-any.whl'), undefined);
  });
});

describe('NVIDIA’s wheels', () => {
  it('are those that the extra and-cuda names', () => {
    const metadata = `Metadata-Version: 2.1
Requires-Dist: numpy>=1.26.0
Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"
Requires-Dist: nvidia-cudnn-cu12 (<10.0,>=9.3) ; (python_version < "4") and extra == 'and-cuda'
Requires-Dist: tensorflow-io>=0.23.1; (sys_platform != "win32") and extra == "gcs-filesystem"
`;
    assert.deepEqual(cudaRequirements(metadata), [
      'nvidia-cublas-cu12<13.0,>=12.5.3.2',
      'nvidia-cudnn-cu12 <10.0,>=9.3',
    ]);
  });
});

describe('Pythons', () => {
  const commands = (env: Record<string, string>, platform: NodeJS.Platform, requested?: string) =>
    pythonCommands({ requested, env, platform });

  it('are tried in order: requested for, active environment, the system’s', () => {
    assert.deepEqual(commands({ VIRTUAL_ENV: '/v' }, 'linux', '/opt/py'), [['/opt/py']]);
    assert.deepEqual(commands({ VIRTUAL_ENV: '/v', CONDA_PREFIX: '/c' }, 'linux'), [
      ['/v/bin/python'],
      ['/c/bin/python'],
      ['python3'],
      ['python'],
    ]);
    assert.deepEqual(commands({ VIRTUAL_ENV: 'C:\\v', CONDA_PREFIX: 'C:\\c' }, 'win32'), [
      ['C:\\v\\Scripts\\python.exe'],
      ['C:\\c\\python.exe'],
      ['python3'],
      ['python'],
      ['py', '-3'],
    ]);
  });

  it('that are none are refused with advice', async () => {
    await assert.rejects(
      findPythons({ python: process.execPath, cwd: os.tmpdir() }),
      (error) => error instanceof RuntimeError && error.code === 'no-python' && /--python/.test(error.message),
    );
  });
});

describe('fetching with pip', { skip: noPip }, () => {
  let python: Python;
  let base: string;
  let index: string;
  let staging: string;
  let sum: string;
  const saved = { ...process.env };
  before(async () => {
    const [first] = await findPythons({ python: 'python3', cwd: os.tmpdir() });
    assert.ok(first?.hasPip);
    python = first;
  });
  beforeEach(async () => {
    base = await fs.mkdtemp(path.join(os.tmpdir(), 'rectiscope-pip-'));
    index = path.join(base, 'index');
    staging = path.join(base, 'staging');
    await fs.mkdir(staging);
    sum = writeFakeWheel(index);
    Object.assign(process.env, onlyFrom(index));
  });
  afterEach(async () => {
    process.env = { ...saved };
    await fs.rm(base, { recursive: true, force: true });
  });
  const downloads = (): string => path.join(base, 'downloads');
  const fetched = (sha256: readonly string[]): Promise<string> =>
    fetchWheel(fakeTarget(sha256).wheel, downloads(), { python, staging });

  it('brings the pinned file, and finds it again without pip', async () => {
    const file = await fetched([sum]);
    assert.ok(file.startsWith(downloads()));
    await fs.rm(index, { recursive: true });
    assert.equal(await fetched([sum]), file);
  });

  it('downloads an incomplete cached file again', async () => {
    const file = await fetched([sum]);
    await fs.truncate(file, 100);
    assert.equal(await fetched([sum]), file);
    assert.ok((await fs.stat(file)).size > 100);
  });

  it('refuses a file with another sum', async () => {
    await assert.rejects(
      fetched(['0'.repeat(64)]),
      (error) => error instanceof RuntimeError && error.code === 'wrong-hash',
    );
    assert.deepEqual(await fs.readdir(downloads(), { recursive: true }), ['rectiscope-fake-tensorflow-2.21.0']);
  });

  it('says “no wheel” if the index has none', async () => {
    await fs.rm(index, { recursive: true });
    await fs.mkdir(index);
    await assert.rejects(fetched([sum]), (error) => error instanceof RuntimeError && error.code === 'no-wheel');
  });

  it('says “offline” if the index can’t be reached', async () => {
    const { PIP_NO_INDEX: _index, PIP_FIND_LINKS: _links, ...env } = process.env;
    // Port 9 (discard) of this machine: nothing listens.
    process.env = { ...env, PIP_INDEX_URL: 'http://127.0.0.1:9/simple', PIP_RETRIES: '1', no_proxy: '*' };
    await assert.rejects(fetched([sum]), (error) => error instanceof RuntimeError && error.code === 'offline');
  });

  it('works with a Python without pip, such as those of uv', async () => {
    const bare = path.join(base, 'bare');
    execFileSync('python3', ['-m', 'venv', '--without-pip', bare]);
    const [found] = await findPythons({ python: bare, cwd: staging });
    assert.ok(found && !found.hasPip);
    const client = await withPip(found, path.join(staging, 'venv'));
    assert.ok(client.hasPip);
    const file = await fetchWheel(fakeTarget([sum]).wheel, downloads(), { python: client, staging });
    assert.ok((await fs.stat(file)).isFile());
    assert.deepEqual(
      await fs.readdir(path.join(bare, 'bin')).then((names) => names.filter((name) => /pip/.test(name))),
      [],
    );
  });

  it('finds a TensorFlow without importing it', async () => {
    writeFakeEnvironment(base, { complete: true });
    process.env['PYTHONPATH'] = base;
    const [found] = await findPythons({ python: 'python3', cwd: staging });
    assert.deepEqual(found?.tensorflow, {
      folder: path.join(base, 'tensorflow'),
      package: 'tensorflow',
      version: '2.21.0',
    });
  });
});
