/** `rectiscope lr` from outside: a rate that trains, a network that none helps, and nothing that is kept. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { encodeTensors } from '../../server/formats/safetensors.ts';
import { spawnCommand } from '../../server/system/processes.ts';
import { writeData } from '../support/tiny-run.ts';

const program = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rectiscope-lr-'));
const home = join(folder, 'home');

async function rectiscope(...parameters: string[]) {
  const env = { ...process.env, RECTISCOPE_HOME: home };
  const child = spawn(process.execPath, [program, ...parameters], { cwd: folder, env, stdio: 'pipe' });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return {
    code,
    stdout,
    stderr,
    lines: () =>
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

const runFile = ({ rate, init = 'he', repeat = 3 }: { rate: string; init?: string; repeat?: number }) => `version: 1
seed: 3
data: {source: data}
network:
  input: [6, 6, 1]
  init: ${init}                # drawn so
  layers:
    - conv: {filters: 8, kernel: 3, repeat: ${repeat}}
    - dense: {units: 3}
train:
  batch_size: 16
  steps: 60
  learning_rate: ${rate}   # to be found
  momentum: 0.9
evaluate: {every: 60 steps}
diagnose: {stop_on: []}
`;

before(() => writeData(folder));
after(async () => {
  await rectiscope('server', 'stop');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('rectiscope lr', () => {
  it('suggests a rate that trains, and writes it between comments', async () => {
    const file = join(folder, 'found.rectiscope.yaml');
    writeFileSync(file, runFile({ rate: '0.000001' }));
    const { code, stderr, lines } = await rectiscope('lr', 'found.rectiscope.yaml', '--backend', 'onnx', '--json');
    assert.equal(code, 0, stderr);
    const [{ event, points, suggestion, reason, fix }, ...rest] = lines();
    assert.deepEqual([event, rest.length], ['lr', 0]);
    assert.ok(
      points.length > 50 &&
        points.every((point: { rate: number }, i: number) => i === 0 || point.rate > points[i - 1].rate),
    );
    assert.equal(points[0].smoothed, points[0].loss, 'the first average is the first loss');
    assert.match(reason, /The suggestion is a third of that rate/);
    assert.equal(fix.edits[0].text, String(suggestion));
    assert.equal(fix.edits[0].line, 13);
    assert.ok(!existsSync(home), 'no store was made, no server started');
    assert.equal(readFileSync(file, 'utf8'), runFile({ rate: '0.000001' }), 'nothing was written');

    const written = await rectiscope('lr', 'found.rectiscope.yaml', '--backend', 'onnx', '--write');
    assert.equal(written.code, 0, written.stderr);
    assert.match(written.stdout, new RegExp(`learning_rate: ${suggestion}.*Written`, 's'));
    assert.ok(
      written.stdout.split('\n').every((line) => line.length <= 80 || !line.includes('┤')),
      'the plot is 80 wide',
    );
    assert.equal(readFileSync(file, 'utf8'), runFile({ rate: String(suggestion) }), 'only the rate has changed');

    const trained = await rectiscope('train', 'found.rectiscope.yaml', '--backend', 'onnx', '--json');
    const evaluation = trained.lines().findLast(({ event: kind }) => kind === 'evaluation');
    // Guessing one of three classes is wrong two times in three.
    assert.ok(evaluation.top1 < 15 && evaluation.train_loss < 0.4, JSON.stringify(evaluation));
  });

  it('takes an editor’s text as if it stood in the file', async () => {
    const child = spawnCommand([
      'lr',
      join(folder, 'unsaved.rectiscope.yaml'),
      '--stdin',
      '--json',
      '--backend',
      'onnx',
    ]);
    child.stdin.end(runFile({ rate: '0.5' }));
    const exit = once(child, 'exit') as Promise<[number | null]>;
    const [stdout, [code]] = await Promise.all([text(child.stdout), exit, text(child.stderr)]);
    assert.equal(code, 0);
    const { written, suggestion, fix } = JSON.parse(stdout);
    assert.deepEqual([written, fix.edits[0].text], [0.5, String(suggestion)]);
    assert.equal((await rectiscope('lr', 'a.rectiscope.yaml', '--stdin', '--write')).code, 2);
  });

  it('says that no rate helps, and which finding is why', async () => {
    writeFileSync(
      join(folder, 'deep.rectiscope.yaml'),
      runFile({ rate: '0.01', init: '{gaussian: 0.001}', repeat: 8 }),
    );
    const { code, lines, stderr } = await rectiscope('lr', 'deep.rectiscope.yaml', '--backend', 'onnx', '--json');
    assert.equal(code, 3, stderr);
    const [{ suggestion, reason, findings, fix }] = lines();
    assert.deepEqual([suggestion, fix], [null, undefined]);
    assert.match(reason, /^No rate helps: .* never falls below 1\.\d\d; guessing gives 1\.10\.$/);
    assert.deepEqual([findings[0].rule, findings[0].line], ['vanishing-gradient', 6]);
  });

  it('names the cause also if the weights come from a file', async () => {
    const size = (i: number) => ({ shape: [3, 3, i === 1 ? 1 : 8, 8], length: 9 * (i === 1 ? 8 : 64) });
    const small = (length: number) => Float32Array.from({ length }, (_, i) => 0.001 * Math.sin(i + 1));
    const arrays = new Map([
      ...Array.from({ length: 8 }, (_, i) => {
        const { shape, length } = size(i + 1);
        return [`conv${i + 1}.weight`, { shape, data: small(length) }] as const;
      }),
      ['dense1.weight', { shape: [288, 3], data: small(288 * 3) }] as const,
    ]);
    writeFileSync(join(folder, 'small.safetensors'), Buffer.concat(encodeTensors({ arrays, metadata: {} })));
    const own = runFile({ rate: '0.01', init: '{from: small.safetensors}', repeat: 8 });
    writeFileSync(join(folder, 'stored.rectiscope.yaml'), own);
    const { code, lines, stderr } = await rectiscope('lr', 'stored.rectiscope.yaml', '--backend', 'onnx', '--json');
    assert.equal(code, 3, stderr);
    const [{ suggestion, findings }] = lines();
    assert.deepEqual([suggestion, findings[0]?.rule, findings[0]?.line], [null, 'vanishing-gradient', 6]);
  });

  it('names what is wrong with a file and its data', async () => {
    writeFileSync(join(folder, 'bad.rectiscope.yaml'), runFile({ rate: '-1' }));
    const bad = await rectiscope('lr', 'bad.rectiscope.yaml');
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /^bad\.rectiscope\.yaml:13:18: /);
    writeFileSync(
      join(folder, 'lost.rectiscope.yaml'),
      runFile({ rate: '0.1' }).replace('source: data', 'source: nowhere'),
    );
    const lost = await rectiscope('lr', 'lost.rectiscope.yaml');
    assert.equal(lost.code, 2);
    assert.match(lost.stderr, /^lost\.rectiscope\.yaml:3:\d+: .*the folder .* does not exist/);
    assert.equal((await rectiscope('lr', 'nobody.rectiscope.yaml')).code, 2);
  });
});
