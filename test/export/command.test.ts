/** `rectiscope export` from outside, of a run that was really trained. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCheckpoint } from '../../server/checkpoint/checkpoint.ts';
import { openDataset } from '../../server/data/open.ts';
import { openSource } from '../../server/data/source.ts';
import { placeNetwork } from '../../server/domain/network/network.ts';
import { createOnnxEngine } from '../../server/engines/onnx/engine.ts';
import { createSession, floatTensor } from '../../server/engines/onnx/session.ts';
import { decodeTensors } from '../../server/formats/safetensors.ts';
import { readRunFile } from '../../server/run-file/read.ts';
import { distance } from '../support/engines.ts';
import { pythonWith } from '../support/python.ts';
import { got } from '../support/tensor.ts';
import { runFile, STEPS, writeData } from '../support/tiny-run.ts';

const program = fileURLToPath(new URL('../../server/cli.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'rectiscope-export-'));
const file = join(folder, 'tiny.rectiscope.yaml');

/** Run a command in the folder. */
async function rectiscope(...parameters: string[]) {
  const env = { ...process.env, RECTISCOPE_HOME: join(folder, 'home') };
  const child = spawn(process.execPath, [program, ...parameters], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit') as Promise<[number | null]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  const lines = () =>
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { code, stdout, stderr, lines };
}

before(async () => {
  writeData(folder);
  writeFileSync(file, runFile());
  const { code, stderr } = await rectiscope('train', file, '--backend', 'onnx', '--json');
  assert.equal(code, 0, stderr);
});

after(async () => {
  await rectiscope('server', 'stop');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('rectiscope export', () => {
  it('writes all kinds at once, one JSON object a file', async () => {
    const { code, lines, stderr } = await rectiscope(
      ...['export', 'tiny', '--json', '--weights', 'w.safetensors', '--onnx', 'm.onnx', '--saved-model', 'saved'],
      ...['--tensorboard', 'tb', '--csv', 'numbers.csv', '--svg', 'svg', '--report', 'report.html'],
    );
    assert.equal(code, 0, stderr);
    const written = lines();
    const kinds = new Set(written.map(({ kind }) => kind));
    assert.deepEqual([...kinds], ['weights', 'onnx', 'saved-model', 'tensorboard', 'csv', 'svg', 'report']);
    for (const line of written) {
      assert.equal(readFileSync(line['file'] as string).length, line['bytes'], String(line['file']));
      assert.match(String(line['run']), /^r-/);
    }
    assert.equal(written[0]?.['step'], STEPS);
    // A network with PReLUs: their slopes are drawn, too.
    assert.ok(written.some((line) => String(line['file']).endsWith('mean-slope-prelu-over-depth.svg')));
    assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), /onnxruntime/);
  });

  it('weights: to the bit those of the checkpoint', async () => {
    const { lines } = await rectiscope('show', 'tiny', '--json');
    const { checkpoint, text: written } = lines()[0] as { checkpoint: { file: string }; text: string };
    const { arrays } = await readCheckpoint(checkpoint.file);
    const exported = decodeTensors(readFileSync(join(folder, 'w.safetensors')));
    const names = [...arrays.keys()].filter((name) => !name.startsWith('velocity/'));
    assert.deepEqual([...exported.arrays.keys()], names);
    for (const [name, { shape, data }] of exported.arrays) {
      assert.deepEqual(shape, arrays.get(name)?.shape, name);
      assert.deepEqual(Buffer.from(data.buffer), Buffer.from(got(arrays.get(name), name).data.buffer), name);
    }
    assert.equal(exported.metadata['run_file'], written);
    assert.equal(exported.metadata['step'], String(STEPS));
  });

  const python = pythonWith('numpy', 'safetensors');
  it('weights: as Python reads them', { skip: python.skip }, async () => {
    const ours = decodeTensors(readFileSync(join(folder, 'w.safetensors')));
    const read = (await python.run('read_weights', join(folder, 'w.safetensors'))) as {
      arrays: Record<string, { hex: string }>;
    };
    for (const [name, { data }] of ours.arrays)
      assert.equal(read.arrays[name]?.hex, Buffer.from(data.buffer).toString('hex'), name);
  });

  it('onnx: pixels in, and the scores that training measured with come out', async () => {
    const { config } = readRunFile(readFileSync(file, 'utf8'), { fileName: file, folder });
    const { data, network: layers, seed, train } = got(config, 'configuration');
    const network = placeNetwork(layers);
    const { batchSize } = train;
    const options = { seed, input: network.input, classes: network.classes, batchSize };
    const dataset = await openDataset(got(data, 'data'), options);
    const images = new Float32Array(batchSize * 36);
    await dataset.testBatch('val', 0, { images, labels: new Int32Array(batchSize) });
    const engine = await createOnnxEngine({ network, batchSize, train, parts: 1 });
    const { lines } = await rectiscope('show', 'tiny', '--json');
    const { checkpoint } = lines()[0] as { checkpoint: { file: string } };
    const { arrays } = await readCheckpoint(checkpoint.file);
    await engine.assign(new Map([...arrays].map(([name, array]) => [name, array.data])));
    const expected = await engine.evaluate(images);
    await engine.close();

    const { val } = await openSource(join(folder, 'data'));
    const raw = got(val, 'val').images;
    assert.ok(raw.kind === 'arrays');
    const pixels = Float32Array.from(raw.values.subarray(0, images.length), (byte) => byte / 255);
    const session = await createSession(readFileSync(join(folder, 'm.onnx')), { threads: 1, keepsMemory: true });
    const { logits } = await session.run({ images: floatTensor(pixels, [batchSize, 6, 6, 1]) });
    await session.release();
    const error = distance(got(logits, 'logits').data as Float32Array, expected) / Math.hypot(...expected);
    // Single precision, and the normalisation rounded once more than in training.
    assert.ok(error < 1e-5, `${error} away`);
  });

  it('refuses without writing, with exit code 2 and what to do', async () => {
    for (const [parameters, message] of [
      [['export', 'tiny'], /Choose what to export: --weights/],
      [['export', 'tiny', '--csv', 'numbers.csv'], /--force/],
      [['export', 'tiny', '--svg', '.'], /contains other files/],
      [['export', 'tiny', '--gif', 'x'], /unknown option/],
    ] as const) {
      const { code, stdout, stderr } = await rectiscope(...parameters);
      assert.equal(code, 2, parameters.join(' '));
      assert.match(stderr, message);
      assert.equal(stdout, '');
    }
    assert.equal((await rectiscope('export', 'nobody', '--csv', 'x.csv')).code, 4);
  });

  it('needs no images: their normalisation is in the checkpoint', async () => {
    const images = join(folder, 'data', 'train-images-idx3-ubyte');
    renameSync(images, `${images}.away`);
    const { code, stderr } = await rectiscope('export', 'tiny', '--onnx', 'other.onnx');
    renameSync(`${images}.away`, images);
    assert.equal(code, 0, stderr);
    assert.deepEqual(readFileSync(join(folder, 'other.onnx')), readFileSync(join(folder, 'm.onnx')));
  });
});
