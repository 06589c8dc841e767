/** The real installation: fetches TensorFlow, builds the addon, multiplies matrices. Only where it is asked for. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { installRuntime } from '../../server/runtime/install.ts';
import { loadAddonAt } from '../../server/runtime/load.ts';
import { removeRuntime } from '../../server/runtime/remove.ts';
import { type RuntimeStatus, requireInstalled, runtimeStatus } from '../../server/runtime/status.ts';

const asked = process.env['RECTISCOPE_TEST_RUNTIME_INSTALL'] === '1';
const skip = asked ? false : 'SKIPPED: fetches 274 MB; RECTISCOPE_TEST_RUNTIME_INSTALL=1 runs it';
if (!asked) process.stderr.write(`test/runtime/end-to-end.test.ts ${skip}\n`);

// Each test is skipped by itself, so that each is counted.
describe('the real installation', () => {
  let folder: string;
  let status: RuntimeStatus;
  before(async () => {
    if (!asked) return;
    folder = path.join(await fs.mkdtemp(path.join(os.tmpdir(), 'rectiscope-real-')), 'runtime');
    status = await installRuntime({ source: 'pip', folder });
  });
  after(async () => {
    if (asked) await fs.rm(path.dirname(folder), { recursive: true, force: true });
  });

  it('is complete and as cheap to look at as a file', { skip }, async () => {
    assert.deepEqual(await runtimeStatus(folder), status);
    assert.ok(status.installed);
    assert.ok(status.bytes > 500e6);
  });

  it('computes', { skip }, () => {
    const addon = loadAddonAt(requireInstalled(status));
    assert.equal(addon.TF_Version, status.installed ? status.version : '');
    const id = addon.createTensor([3], addon.TF_FLOAT, Float32Array.of(-1, 0, 2));
    const attributes = [{ name: 'T', type: addon.TF_ATTR_TYPE, value: addon.TF_FLOAT }];
    const [relu] = addon.executeOp('Relu', attributes, [id], 1);
    assert.ok(relu);
    assert.deepEqual(relu.shape, [3]);
    assert.deepEqual(addon.tensorDataSync(relu.id), Float32Array.of(0, 0, 2));
    for (const tensor of [id, relu.id]) addon.deleteTensor(tensor);
    assert.equal(addon.getNumOfTensors(), 0);
    assert.throws(() => addon.deleteTensor(relu.id));
    assert.throws(() => addon.executeOp('NoSuchOperation', [], [], 1), /NoSuchOperation/);
  });

  it('is removed whole', { skip }, async () => {
    const { left, bytes } = await removeRuntime(folder);
    assert.deepEqual(left, []);
    assert.ok(bytes > 500e6);
    assert.equal((await runtimeStatus(folder)).installed, false);
  });
});
