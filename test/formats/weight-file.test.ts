/** Files of weights as others write them: every type of number, and what can't be read. */
import assert from 'node:assert/strict';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { decodeTensors, encodeTensors } from '../../server/formats/safetensors.ts';
import { readWeightFile, WeightOutlines, weightFileHash } from '../../server/formats/weight-file.ts';
import { withFolder } from '../support/idx.ts';

type Array = readonly [name: string, dtype: string, bytes: Uint8Array, width: number];

/** A file, put together without our writer. */
function fileOf(...arrays: Array[]): Buffer {
  let end = 0;
  const header: Record<string, unknown> = {};
  for (const [name, dtype, bytes, width] of arrays) {
    header[name] = { dtype, shape: [bytes.length / width], data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...arrays.map(([, , bytes]) => bytes)]);
}

const bytesOf = ({ buffer }: Float32Array | Float64Array | Uint16Array) => new Uint8Array(buffer as ArrayBuffer);
const every16 = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

describe('an array of numbers of another width', () => {
  const decoded = (dtype: string, bytes: Uint8Array, width: number) =>
    decodeTensors(fileOf(['x', dtype, bytes, width])).arrays.get('x')?.data ?? new Float32Array();

  it('F16: every one of the 65,536, by the definition of IEEE 754', () => {
    const values = decoded('F16', bytesOf(every16), 2);
    for (const [bits, value] of values.entries()) {
      const digits = bits.toString(2).padStart(16, '0');
      const exponent = Number.parseInt(digits.slice(1, 6), 2);
      const fraction = Number.parseInt(digits.slice(6), 2) / 1024;
      const size =
        exponent === 31
          ? fraction === 0
            ? Number.POSITIVE_INFINITY
            : Number.NaN
          : (exponent === 0 ? fraction : 1 + fraction) * 2 ** (Math.max(exponent, 1) - 15);
      assert.ok(Object.is(value, digits[0] === '1' ? -size : size), `${digits} is ${value}`);
    }
    // Known values, so that definition and test can't be wrong together.
    assert.deepEqual(
      [0x3c00, 0xc000, 0x7bff, 0x0001, 0x3555].map((bits) => values[bits]),
      [1, -2, 65504, 2 ** -24, 0.333251953125],
    );
  });

  it('BF16: the upper half of a float32', () => {
    const words = new Uint16Array(new Float32Array([1, -2.5, 3e38, 1e-40, Number.NEGATIVE_INFINITY]).buffer);
    const upper = words.filter((_, i) => i % 2 === 1);
    const expected = Float32Array.from([1, -2.5, 3e38, 1e-40, Number.NEGATIVE_INFINITY]);
    const kept = new Uint32Array(expected.buffer).map((bits) => (bits & 0xffff0000) >>> 0);
    assert.deepEqual(decoded('BF16', bytesOf(upper), 2), new Float32Array(kept.buffer));
  });

  it('F64: rounded', () => {
    const values = Float64Array.of(0.1, -1e-300, 1e300, 3);
    assert.deepEqual([...decoded('F64', bytesOf(values), 8)], [Math.fround(0.1), -0, Number.POSITIVE_INFINITY, 3]);
  });

  it('whole numbers are named and passed over; an unknown type is refused', () => {
    const { arrays, others } = decodeTensors(
      fileOf(['steps', 'I64', new Uint8Array(8), 8], ['w', 'F32', bytesOf(Float32Array.of(2)), 4]),
    );
    assert.deepEqual([[...arrays.keys()], [...others]], [['w'], [['steps', 'I64']]]);
    for (const dtype of ['F31', 'constructor', ''])
      assert.throws(() => decodeTensors(fileOf(['x', dtype, new Uint8Array(4), 4])));
  });
});

describe('a file of weights', () => {
  const file = (...values: number[]) => fileOf(['w', 'F32', bytesOf(Float32Array.from(values)), 4]);

  it('is read with its hash and the root mean square of every array', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'w.safetensors');
      writeFileSync(path, file(3, 4, 0, 0));
      const { arrays, hash } = readWeightFile(path);
      assert.equal(arrays.get('w')?.rms, 2.5);
      assert.equal(hash, weightFileHash(path));
      assert.match(hash, /^[0-9a-f]{64}$/);
    }));

  it('says of every array whether its units, the last axis, are alike', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'w.safetensors');
      const alike = (shape: number[], ...values: number[]) => {
        writeFileSync(
          path,
          Buffer.concat(
            encodeTensors({ arrays: new Map([['w', { shape, data: Float32Array.from(values) }]]), metadata: {} }),
          ),
        );
        return readWeightFile(path).arrays.get('w');
      };
      assert.equal(alike([2, 3], 1, 1, 1, 2, 2, 2)?.unitsAlike, true);
      assert.equal(alike([3, 2], 1, 1, 1, 2, 2, 2)?.unitsAlike, false);
      assert.equal(alike([2, 2], 1, 2, 1, 2)?.unitsAlike, false);
      assert.equal(alike([3], 4, 4, 4)?.unitsAlike, true);
      assert.equal(alike([4], -3, 1, 1, 3)?.mean, 0.5);
    }));

  it('that can’t be read says why', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'w.safetensors');
      assert.throws(() => readWeightFile(path), { message: 'there is no such file' });
      assert.equal(weightFileHash(path), undefined);
      writeFileSync(path, 'PK\x03\x04 a zip, as torch.save writes');
      assert.throws(() => readWeightFile(path), { message: /^it is not a complete safetensors file \(/ });
      writeFileSync(path, file(1, 2).subarray(0, -1));
      assert.throws(() => readWeightFile(path), { message: /^it is not a complete safetensors file \(/ });
      mkdirSync(join(folder, 'd'));
      assert.throws(() => readWeightFile(join(folder, 'd')), { message: 'it is a folder, not a file' });
    }));

  it('is read again once it has changed, and only then', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'w.safetensors');
      const outlines = new WeightOutlines();
      assert.throws(() => outlines.read(path));
      writeFileSync(path, file(1));
      const first = outlines.read(path);
      assert.equal(outlines.read(path), first);
      writeFileSync(path, file(2));
      utimesSync(path, 1, 1);
      assert.equal(outlines.read(path).get('w')?.rms, 2);
    }));
});
