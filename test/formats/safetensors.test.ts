import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeTensors, encodeTensors, type Tensors } from '../../server/formats/safetensors.ts';
import { withFolder } from '../support/idx.ts';

type Arrays = Record<string, { shape: number[]; data: Float32Array }>;

const tensors = (arrays: Arrays, metadata: Record<string, string> = {}): Tensors => ({
  arrays: new Map(Object.entries(arrays)),
  metadata,
});
const encode = (content: Tensors) => Buffer.concat(encodeTensors(content));

/** A file from any header, whatever it says, and some bytes behind it. */
function fileOf(header: unknown, data = Buffer.alloc(0)): Buffer {
  const text = Buffer.isBuffer(header)
    ? header
    : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** Name, shape and bits of each array. */
const bits = ({ arrays }: Tensors) =>
  [...arrays].map(([name, { shape, data }]) => [
    name,
    [...shape],
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
  ]);

const float = fc.oneof(
  fc.float(),
  fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-45, 3.4028234663852886e38),
);
const contents: fc.Arbitrary<Tensors> = fc
  .tuple(
    fc.dictionary(
      fc.oneof(
        fc.string({ maxLength: 12 }),
        fc.constantFrom('__proto__', 'constructor', '1', '0', 'conv1.weight', 'größe'),
      ),
      fc.array(float, { maxLength: 20 }),
      { maxKeys: 8 },
    ),
    fc.dictionary(fc.string({ maxLength: 8 }), fc.string({ maxLength: 30 }), { maxKeys: 4 }),
  )
  .map(([arrays, metadata]) => ({
    arrays: new Map(
      Object.entries(arrays)
        .filter(([name]) => name !== '__metadata__')
        .map(([name, values]) => [name, { shape: [values.length], data: Float32Array.from(values) }]),
    ),
    metadata: { ...metadata },
  }));

describe('a safetensors file', () => {
  it('is read back to the bit, in order, including names and metadata', () => {
    fc.assert(
      fc.property(contents, (content) => {
        const back = decodeTensors(encode(content));
        assert.deepEqual(
          new Map(bits(back).map(([name, ...rest]) => [name, rest])),
          new Map(bits(content).map(([name, ...rest]) => [name, rest])),
        );
        assert.deepEqual({ ...back.metadata }, { ...content.metadata });
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('keeps the payload of a NaN, −0 and denormals', () => {
    const words = Uint32Array.of(0x7fc12345, 0xffc00001, 0x80000000, 0x00000001, 0x7f800000);
    const data = new Float32Array(words.buffer);
    const back = decodeTensors(encode(tensors({ x: { shape: [5], data } })));
    assert.deepEqual(bits(back), [['x', [5], Buffer.from(words.buffer).toString('hex')]]);
  });

  it('keeps shapes of any rank, and arrays of nothing', () => {
    const content = tensors({
      scalar: { shape: [], data: Float32Array.of(3) },
      empty: { shape: [0, 7], data: new Float32Array(0) },
      four: { shape: [1, 2, 1, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    });
    assert.deepEqual(bits(decodeTensors(encode(content))), bits(content));
  });

  it('may have an array of any name, `__proto__` included, which changes no prototype', () => {
    const content: Tensors = {
      arrays: new Map([
        ['__proto__', { shape: [1], data: Float32Array.of(7) }],
        ['10', { shape: [1], data: Float32Array.of(8) }],
        ['a', { shape: [1], data: Float32Array.of(9) }],
      ]),
      metadata: {},
    };
    const back = decodeTensors(encode(content));
    assert.equal(back.arrays.get('__proto__')?.data[0], 7);
    assert.equal(back.arrays.size, 3);
    assert.equal(({} as Record<string, unknown>)['shape'], undefined);
  });

  it('is read in the order of the file, not of its header', () => {
    const entry = (begin: number) => ({ dtype: 'F32', shape: [1], data_offsets: [begin, begin + 4] });
    const data = Buffer.from(Float32Array.of(1, 2, 3).buffer);
    const { arrays } = decodeTensors(
      fileOf(
        '{"b":' +
          JSON.stringify(entry(4)) +
          ',"0":' +
          JSON.stringify(entry(8)) +
          ',"a":' +
          JSON.stringify(entry(0)) +
          '}',
        data,
      ),
    );
    assert.deepEqual([...arrays.keys()], ['a', 'b', '0']);
  });

  it('aligns the arrays to 8 bytes', () => {
    for (let length = 0; length < 8; length++) {
      const file = encode(tensors({ ['n'.repeat(length + 1)]: { shape: [1], data: Float32Array.of(1) } }));
      assert.equal(Number(file.readBigUInt64LE(0)) % 8, 0);
    }
  });

  it('is read from any place in memory, as a copy', () => {
    const file = encode(tensors({ x: { shape: [2], data: Float32Array.of(1, 2) } }));
    for (const shift of [0, 1, 3]) {
      const larger = Buffer.alloc(file.length + 16, 0xff);
      file.copy(larger, shift);
      const { arrays } = decodeTensors(larger.subarray(shift, shift + file.length));
      larger.fill(0);
      assert.deepEqual(arrays.get('x')?.data, Float32Array.of(1, 2));
      assert.equal(arrays.get('x')?.data.buffer.byteLength, 8);
    }
  });
});

describe('a safetensors file that is damaged or hostile', () => {
  const entry = (change: Record<string, unknown>) =>
    fileOf({ x: { dtype: 'F32', shape: [1], data_offsets: [0, 4], ...change } }, Buffer.alloc(4));
  const huge = Buffer.alloc(16);
  huge.writeBigUInt64LE(2n ** 63n);
  const bytes = (n: number) => Buffer.alloc(n);
  const one = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
  for (const [name, file] of [
    ['nothing', bytes(0)],
    ['less than a length', bytes(7)],
    ['a header of 2⁶³ bytes', huge],
    ['a header longer than the file', fileOf({}).subarray(0, 9)],
    ['no JSON', fileOf('{"x": ')],
    ['a list', fileOf([])],
    ['null', fileOf('null')],
    ['text that is not UTF-8', fileOf(Buffer.from('{"\xff": 0}', 'latin1'))],
    ['another type', entry({ dtype: 'F64' })],
    ['no type', entry({ dtype: undefined })],
    ['a shape that is no list', entry({ shape: 1 })],
    ['a negative shape', entry({ shape: [-1] })],
    ['a shape with a fraction', entry({ shape: [0.5] })],
    ['a shape of NaN', entry({ shape: [null] })],
    ['a shape beyond integers', entry({ shape: [2 ** 53] })],
    ['a product beyond numbers', entry({ shape: new Array(40).fill(2 ** 53 - 1) })],
    ['infinity times nothing', entry({ shape: [...new Array(40).fill(2 ** 53 - 1), 0], data_offsets: [0, 0] })],
    ['a shape larger than its place', entry({ shape: [2] })],
    ['an end before the beginning', entry({ data_offsets: [4, 0] })],
    ['one offset', entry({ data_offsets: [0] })],
    ['a place behind the end', entry({ shape: [2], data_offsets: [0, 8] })],
    ['a hole', fileOf({ x: { ...one, data_offsets: [4, 8] } }, bytes(8))],
    ['an overlap', fileOf({ x: one, y: { ...one, data_offsets: [0, 4] } }, bytes(4))],
    ['bytes left over', fileOf({ x: one }, bytes(8))],
    ['an entry of null', fileOf({ x: null })],
    ['an entry of text', fileOf({ x: 'F32' })],
    ['metadata that are not texts', fileOf({ __metadata__: { a: 1 } })],
    ['metadata that are a list', fileOf({ __metadata__: [1] })],
    ['metadata of null', fileOf({ __metadata__: null })],
  ] as const)
    it(`is refused: ${name}`, () => assert.throws(() => decodeTensors(file), Error));

  it('is refused where a name has two entries, however it is written', () => {
    const entry = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
    const other = '{"dtype":"F32","shape":[1],"data_offsets":[4,8]}';
    for (const header of [
      `{"a":${entry},"a":${other}}`,
      `{"a":${entry},"\\u0061":${other}}`,
      `{"a":{"dtype":"F32","dtype":"F64","shape":[1],"data_offsets":[0,4]}}`,
      `{"__metadata__":{"state":"1","state":"2"}}`,
    ])
      assert.throws(() => decodeTensors(fileOf(header)), /its header can't be read: it has two entries for /);
    // The same words as values, or at two places, are no matter.
    const twice = `{"__metadata__":{"a":"a","dtype":"\\"a\\":"},"a":${entry}}`;
    assert.deepEqual([...decodeTensors(fileOf(twice, Buffer.alloc(4))).arrays.keys()], ['a']);
  });

  it('is refused before it takes memory: hundreds of thousands of names, deep brackets', () => {
    const names = Array.from({ length: 300_000 }, (_, i) => `"${i}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`);
    const file = fileOf(`{${names.join(',')}}`);
    const before = process.memoryUsage().rss;
    assert.throws(() => decodeTensors(file), /its header can't be read: it has more than 300,000 values/);
    const taken = process.memoryUsage().rss - before;
    assert.ok(taken < 200 * 2 ** 20, `${Math.round(taken / 2 ** 20)} MB`);
    assert.throws(() => decodeTensors(fileOf('['.repeat(1_000_000))), /it is deeper than 8 brackets/);
  });

  it('is called what it is where the header is no JSON', () =>
    assert.throws(() => decodeTensors(fileOf('{"a":{')), /it is no JSON: the file was overwritten, cut off/));

  it('never takes what it did not write: 5,000 mutations, none with a big allocation', () => {
    const content = tensors(
      {
        'conv1.weight': { shape: [3, 3, 1, 2], data: Float32Array.from({ length: 18 }, (_, i) => i) },
        'conv1.bias': { shape: [2], data: Float32Array.of(5, 6) },
      },
      { state: '{}' },
    );
    const file = encode(content);
    const headerEnd = 8 + Number(file.readBigUInt64LE(0));
    const most = file.length * 2;
    let refusals = 0;
    const at = fc.integer({ min: 0, max: headerEnd - 1 });
    const change = fc.oneof(
      fc.record({ kind: fc.constant('byte' as const), at, value: fc.integer({ min: 0, max: 255 }) }),
      fc.record({
        kind: fc.constant('digit' as const),
        at,
        value: fc.constantFrom('0', '9', '-', 'e', '.', '"', '{', '}', '[', ']', ','),
      }),
      fc.record({
        kind: fc.constant('cut' as const),
        at: fc.integer({ min: 0, max: file.length - 1 }),
        value: fc.constant(0),
      }),
      fc.record({
        kind: fc.constant('insert' as const),
        at,
        value: fc.constantFrom('0', '99999999', '4294967295,', '"__proto__":', 'null'),
      }),
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let mutated: Buffer = Buffer.from(file);
        for (const { kind, at: place, value } of changes) {
          if (place >= mutated.length) continue;
          if (kind === 'byte') mutated[place] = value;
          else if (kind === 'digit') mutated.write(value, place, 'latin1');
          else if (kind === 'cut') mutated = mutated.subarray(0, place);
          else mutated = Buffer.concat([mutated.subarray(0, place), Buffer.from(value), mutated.subarray(place)]);
        }
        let back: Tensors;
        try {
          back = decodeTensors(mutated);
        } catch (error) {
          assert.ok(error instanceof Error && !(error instanceof RangeError), String(error));
          refusals++;
          return;
        }
        // What is taken (a changed name, a changed text) is whole: as many numbers as shapes say, all from the file.
        let total = 0;
        for (const { shape, data } of back.arrays.values()) {
          assert.equal(
            data.length,
            shape.reduce((product, n) => product * n, 1),
          );
          total += data.byteLength;
        }
        assert.ok(total <= most);
      }),
      { seed: 19, numRuns: 5000 },
    );
    assert.ok(refusals > 3000, `only ${refusals} of 5,000 were refused`);
  });
});

const python = ['python3', 'python'].find(
  (command) => spawnSync(command, ['-c', 'import safetensors.numpy, numpy']).status === 0,
);
const missing =
  python === undefined && 'NOT COMPARED with the reference: install it with `pip install safetensors numpy`';

describe('Python’s own safetensors', () => {
  const run = (script: string, folder: string) =>
    execFileSync(python ?? '', ['-c', script], { cwd: folder, encoding: 'utf8' });

  it('reads what we write', { skip: missing }, () =>
    withFolder(async (folder) => {
      const content = tensors(
        {
          'conv1.weight': { shape: [2, 1, 3], data: Float32Array.of(1, -0, 1e-45, Number.NaN, 2.5, -3) },
          größe: { shape: [], data: Float32Array.of(7) },
          empty: { shape: [0, 3], data: new Float32Array(0) },
        },
        { state: '{"step": 3}', ä: '→' },
      );
      writeFileSync(join(folder, 'a.safetensors'), encode(content));
      const script = `
import json, safetensors
f = safetensors.safe_open("a.safetensors", framework="np")
print(json.dumps({"metadata": f.metadata(), "arrays": {k: [list(f.get_tensor(k).shape), f.get_tensor(k).tobytes().hex()] for k in f.keys()}}))`;
      const read = JSON.parse(run(script, folder)) as { metadata: unknown; arrays: Record<string, unknown> };
      assert.deepEqual(read.metadata, { ...content.metadata });
      assert.deepEqual(read.arrays, Object.fromEntries(bits(content).map(([name, ...rest]) => [name, rest])));
    }),
  );

  it('writes what we read', { skip: missing }, () =>
    withFolder(async (folder) => {
      const script = `
import numpy as np, sys
from safetensors.numpy import save
arrays = {"b": np.array([[1.5, -2], [np.inf, 1e-45]], np.float32), "a": np.zeros((0, 2), np.float32), "1": np.array(3, np.float32), "0": np.arange(5, dtype=np.float32)}
sys.stdout.write(save(arrays, {"k": "v"}).hex())`;
      const { arrays, metadata } = decodeTensors(Buffer.from(run(script, folder), 'hex'));
      assert.deepEqual({ ...metadata }, { k: 'v' });
      assert.deepEqual([...arrays.keys()].sort(), ['0', '1', 'a', 'b']);
      assert.deepEqual(arrays.get('b'), {
        shape: [2, 2],
        data: Float32Array.of(1.5, -2, Number.POSITIVE_INFINITY, 1e-45),
      });
      assert.deepEqual(arrays.get('1'), { shape: [], data: Float32Array.of(3) });
      assert.deepEqual(arrays.get('0')?.data, Float32Array.of(0, 1, 2, 3, 4));
    }),
  );

  it('refuses of 300 damaged files no fewer than we take, and takes none that we misread', { skip: missing }, () =>
    withFolder(async (folder) => {
      const file = encode(
        tensors({ a: { shape: [2], data: Float32Array.of(1, 2) }, b: { shape: [1, 1], data: Float32Array.of(3) } }),
      );
      const headerEnd = 8 + Number(file.readBigUInt64LE(0));
      const mutated = fc
        .sample(fc.tuple(fc.integer({ min: 8, max: headerEnd - 1 }), fc.constantFrom(...'0123456789-,[]{}":F32 ')), {
          seed: 3,
          numRuns: 300,
        })
        .map(([at, character]) => {
          const copy = Buffer.from(file);
          copy.write(character, at, 'latin1');
          return copy;
        });
      writeFileSync(join(folder, 'files.txt'), mutated.map((each) => each.toString('hex')).join('\n'));
      const script = `
from safetensors.numpy import load
for line in open("files.txt"):
    try: print("taken", sorted((k, list(v.shape), v.tobytes().hex()) for k, v in load(bytes.fromhex(line.strip())).items() if v.dtype == "float32"))
    except Exception: print("refused")`;
      const theirs = run(script, folder).trim().split('\n');
      mutated.forEach((each, i) => {
        let ours: string;
        try {
          const sorted = bits(decodeTensors(each)).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
          ours = `taken ${JSON.stringify(sorted)}`;
        } catch {
          return;
        }
        const taken = (theirs[i] ?? '')
          .replaceAll('(', '[')
          .replaceAll(')', ']')
          .replaceAll("'", '"')
          .replaceAll(' ', '');
        assert.equal(taken, ours.replaceAll(' ', ''), each.subarray(8, headerEnd).toString());
      });
    }),
  );
});
