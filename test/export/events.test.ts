/** Event files: their frames by the format's description, their content by TensorBoard's own reader. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PROBE_QUANTITIES } from '../../server/domain/probe/quantities.ts';
import { crc32c, maskedCrc32c } from '../../server/export/crc32c.ts';
import { eventFile, tensorboard } from '../../server/export/tensorboard.ts';
import { unpack } from '../../server/protocol/scalar.ts';
import { withFolder } from '../support/idx.ts';
import { pythonWith } from '../support/python.ts';
import { got } from '../support/tensor.ts';
import { brokenRun, NASTY, queuedRun } from './exported-run.ts';

/** Bit by bit, without a table. */
function slowCrc32c(bytes: Uint8Array): number {
  let remainder = 0xffffffffn;
  for (const byte of bytes) {
    remainder ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1n ? (remainder >> 1n) ^ 0x82f63b78n : remainder >> 1n;
  }
  return Number(remainder ^ 0xffffffffn);
}

describe('CRC-32C', () => {
  it('is that of RFC 3720, B.4', () => {
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
    assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
    assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
    assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
    assert.equal(crc32c(new Uint8Array(0)), 0);
  });

  it('is what bit after bit gives, and masked undoes itself', () => {
    for (let length = 0; length < 40; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 73 + length * 31) & 255);
      const crc = crc32c(bytes);
      assert.equal(crc, slowCrc32c(bytes));
      const turned = (maskedCrc32c(bytes) - 0xa282ead8) >>> 0;
      assert.equal(((turned >>> 17) | (turned << 15)) >>> 0, crc);
    }
  });
});

/** The records of a file, each with its checksums checked. */
function records(file: Buffer): Buffer[] {
  const all: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    assert.equal(file.readUInt32LE(at + 8), maskedCrc32c(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    assert.equal(data.length, length);
    assert.equal(file.readUInt32LE(at + 12 + length), maskedCrc32c(data));
    all.push(data);
    at += 16 + length;
  }
  return all;
}

interface Read {
  scalars: Record<string, [step: number, wallTime: number, value: string][]>;
  texts: Record<string, [step: number, text: string][]>;
  plugins: Record<string, string>;
}

describe('the event file of a run', () => {
  it('is whole frames, the first of which names the version', () => {
    const all = records(Buffer.concat(eventFile(brokenRun())));
    assert.ok(all.length > 70, `${all.length} records`);
    assert.match(got(all[0], 'the first record').toString('latin1'), /brain\.Event:2/);
  });

  it('is the version and the run file alone of a run that waits', () => {
    assert.equal(records(Buffer.concat(eventFile(queuedRun()))).length, 2);
  });

  it('is the same file every time, so that a later export takes its place', async () => {
    const plan = await tensorboard.plan(brokenRun(NASTY));
    const again = await tensorboard.plan(brokenRun(NASTY));
    assert.equal(plan.folder, again.folder);
    assert.match(got(plan.folder, 'a folder'), /^[\p{L}\p{N}._-]+-r-bad$/u);
    const [file] = plan.files;
    assert.equal(file?.path, again.files[0]?.path);
    assert.ok(plan.owned?.(got(file, 'a file').path));
    assert.ok(!plan.owned?.('events.out.tfevents.123.another-machine'));
  });

  const python = pythonWith('tensorboard');
  it('is read by TensorBoard, two runs side by side', { skip: python.skip }, () =>
    withFolder(async (folder) => {
      const runs = [brokenRun(NASTY), brokenRun('another', 'r-two')];
      for (const snapshot of runs) {
        const plan = await tensorboard.plan(snapshot);
        const own = join(folder, got(plan.folder, 'a folder'));
        mkdirSync(own);
        for (const { path, make } of plan.files) writeFileSync(join(own, path), Buffer.concat(make()));
      }
      const read = (await python.run('read_events', folder)) as Record<string, Read>;
      assert.equal(Object.keys(read).length, 2);
      const [snapshot] = runs as [(typeof runs)[0]];
      const { scalars, texts, plugins } = got(
        Object.entries(read).find(([name]) => name.endsWith('r-bad'))?.[1],
        'the first run',
      );
      const expect = (tag: string, steps: readonly number[], numbers: readonly number[]) => {
        const own = got(scalars[tag], tag);
        assert.deepEqual(
          own.map(([step]) => step),
          steps,
          tag,
        );
        // Python writes nan and inf.
        const values = own.map(([, , value]) => Number(value.replace('nan', 'NaN').replace('inf', 'Infinity')));
        assert.deepEqual(values, numbers.map(Math.fround), tag);
      };
      const steps = [...unpack(snapshot.steps.step)];
      expect('loss/batch', steps, [...unpack(snapshot.steps.loss)]);
      expect('top1_error/batch', steps, [...unpack(snapshot.steps.top1)]);
      expect('learning_rate', steps, [...unpack(snapshot.steps.learning_rate)]);
      const evaluated = snapshot.evaluations.map(({ step }) => step);
      expect(
        'top5_error/val',
        evaluated,
        snapshot.evaluations.map(({ top5 }) => top5),
      );
      expect(
        'loss/train',
        evaluated,
        snapshot.evaluations.map(({ train_loss }) => Number(train_loss)),
      );
      const probed = [...unpack(snapshot.probes.step)];
      const values = unpack(snapshot.probes.values);
      const { layers } = snapshot.probes;
      layers.forEach((layer, j) => {
        PROBE_QUANTITIES.forEach((quantity, k) => {
          const own = probed.map((_, i) => values[(i * layers.length + j) * PROBE_QUANTITIES.length + k] ?? Number.NaN);
          if (quantity === 'slope_mean') assert.equal(scalars[`${quantity}/${layer}`], undefined);
          else expect(`${quantity}/${layer}`, probed, own);
        });
      });
      // Seconds of the steps, from the start of the run.
      const start = Date.parse(got(snapshot.summary.started, 'a start')) / 1000;
      const ms = unpack(snapshot.steps.step_ms).reduce((sum, value) => sum + value, 0);
      const [, last = 0] = got(scalars['loss/batch'], 'losses').at(-1) ?? [];
      assert.ok(Math.abs(last - start - ms / 1000) < 1e-3, `${last} is ${last - start} after the start`);
      assert.deepEqual(plugins, { run_file: 'text', findings: 'text' });
      assert.deepEqual(texts['run_file'], [[0, snapshot.text.replace(/^/gm, '    ')]]);
      const [[step, text] = [0, '']] = got(texts['findings'], 'findings');
      assert.equal(step, 5);
      assert.ok(text.includes(NASTY) && text.includes('vanishing-gradient') && text.includes('Use init: he'), text);
    }),
  );
});
