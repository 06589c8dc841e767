/** `rectiscope bench` from outside: what it measures of a run file, and that new runs use what was best. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { placeNetwork } from '../../server/domain/network/network.ts';
import { partCandidates, partsFor } from '../../server/engines/engine.ts';
import { measuredParts, rememberParts } from '../../server/engines/measured-parts.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { processFile } from '../../server/system/processes.ts';
import { writeData } from '../support/tiny-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'rectiscope-bench-test-'));
/** A user's folder of their own on every platform: what this machine's user has measured stays out of it. */
const user = { XDG_DATA_HOME: join(folder, 'user'), LOCALAPPDATA: join(folder, 'user'), HOME: join(folder, 'user') };
const BATCH = 4;
const file = join(folder, 'tiny.rectiscope.yaml');
const text = `version: 1
seed: 3
data: {source: data}
network:
  input: [6, 6, 1]
  layers:
    - conv: {filters: 8, kernel: 3}
    - dense: {units: 3, dropout: 0.5}
train: {batch_size: ${BATCH}, steps: 3, learning_rate: 0.01}
`;

function rectiscope(...words: string[]) {
  const env = { ...process.env, ...user, RECTISCOPE_HOME: join(folder, 'store') };
  const { status, stdout, stderr } = spawnSync(process.execPath, [processFile('cli'), ...words], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  return {
    status,
    stdout,
    stderr,
    lines: () =>
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

const { config } = readRunFile(text, { fileName: file, folder });
assert.ok(config);
const of = { backend: 'onnx', network: placeNetwork(config.network), batchSize: BATCH } as const;

before(() => {
  writeData(folder);
  writeFileSync(file, text);
  Object.assign(process.env, user);
});
after(() => {
  rectiscope('server', 'stop');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('parts that are worth measuring', () => {
  for (const [batch, cores, candidates] of [
    [64, 1, [1]],
    [64, 2, [1, 2]],
    [64, 6, [1, 2, 4, 6]],
    [3, 16, [1, 2, 3]],
  ] as const)
    it(`of ${batch} examples on ${cores} cores`, () => assert.deepEqual(partCandidates(batch, cores), candidates));
});

describe('rectiscope bench', () => {
  it('times a run file’s network and remembers in how many parts it is fastest', async () => {
    const { status, stderr, lines } = rectiscope('bench', file, '--backend', 'onnx', '--steps', '6', '--json');
    assert.equal(status, 0, stderr);
    const [line, ...more] = lines();
    assert.deepEqual(more, []);
    const { event, backend, device, workload, batch_size, steps, step_ms, step_ms_p90, evaluate_ms } = line;
    assert.deepEqual(
      { event, backend, device, workload, batch_size, steps },
      { event: 'bench', backend: 'onnx', device: 'cpu', workload: file, batch_size: BATCH, steps: 6 },
    );
    assert.ok(step_ms > 0 && step_ms <= step_ms_p90 && evaluate_ms > 0);
    const measured = [line.parts, ...line.others.map(({ parts }: { parts: number }) => parts)];
    assert.deepEqual(measured.toSorted(), partCandidates(BATCH, availableParallelism()));
    // So few steps say too little.
    assert.equal(await measuredParts(of), undefined);
    assert.doesNotMatch(stderr, /Remembered/);

    const usual = rectiscope('bench', file, '--backend', 'onnx', '--json');
    const kept = await measuredParts(of);
    // Where there is nothing to choose from, nothing is kept.
    assert.deepEqual(kept?.parts, measured.length > 1 ? usual.lines()[0].parts : undefined);
    if (measured.length > 1) assert.match(usual.stderr, /Saved in .*parts\.json: /);
  });

  it('names the mistake of a file that cannot be read', () => {
    writeFileSync(join(folder, 'wrong.rectiscope.yaml'), text.replace('kernel: 3', 'kernel: 0'));
    const { status, stderr } = rectiscope('bench', 'wrong.rectiscope.yaml');
    assert.equal(status, 2);
    assert.match(stderr, /wrong\.rectiscope\.yaml:7:\d+: /);
  });
});

describe('what was measured', () => {
  it('determines how new runs split their batches, and the run reports it', async () => {
    const unusual = partsFor(BATCH, availableParallelism()) + 2;
    await rememberParts(of, { parts: unusual, stepMs: 1, measured: '2026-11-25T08:00:00.000Z' });
    const { status, stderr, lines } = rectiscope('train', file, '--backend', 'onnx', '--json');
    assert.equal(status, 0, stderr);
    const events = lines();
    assert.equal(events.find(({ event }) => event === 'started').parts, unusual);
    assert.ok(events.some(({ event, message }) => event === 'notice' && /bench.*2026-11-25/.test(message)));
  });

  it('is of this network and batch only', async () => {
    assert.ok(await measuredParts(of));
    assert.equal(await measuredParts({ ...of, batchSize: BATCH + 1 }), undefined);
    assert.equal(await measuredParts({ ...of, backend: 'tensorflow' }), undefined);
    const wider = readRunFile(text.replace('filters: 8', 'filters: 9'), { fileName: file, folder }).config;
    assert.ok(wider);
    assert.equal(await measuredParts({ ...of, network: placeNetwork(wider.network) }), undefined);
    const drawnOtherwise = readRunFile(text.replace('units: 3,', 'units: 3, init: xavier,'), {
      fileName: file,
      folder,
    }).config;
    assert.ok(drawnOtherwise);
    // Initial values take no time.
    assert.ok(await measuredParts({ ...of, network: placeNetwork(drawnOtherwise.network) }));
  });

  it('is discarded if its file is damaged, and can be measured again', async () => {
    const kept = join(user.XDG_DATA_HOME, 'rectiscope', 'parts.json');
    if (process.platform !== 'linux') return;
    writeFileSync(kept, readFileSync(kept, 'utf8').slice(0, 40));
    assert.equal(await measuredParts(of), undefined);
    await rememberParts(of, { parts: 1, stepMs: 1, measured: '2026-11-25T09:00:00.000Z' });
    assert.equal((await measuredParts(of))?.parts, 1);
  });
});
