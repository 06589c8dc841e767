import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createWriteStream, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { createGzip, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readIdx } from '../../server/data/idx.ts';
import { RunFailure } from '../../server/run-file/run-failure.ts';
import { HANG_MS } from '../support/hang.ts';
import { type IdxType, idxBytes, idxHeader, withFolder } from '../support/idx.ts';

/** Read bytes as a file. */
const read = (bytes: Uint8Array) =>
  withFolder((folder) => {
    const file = join(folder, 'images');
    writeFileSync(file, bytes);
    return readIdx(file);
  });

/** The bytes are refused with a message for the user that names the file. */
const refused = (bytes: Uint8Array, message: RegExp) =>
  assert.rejects(read(bytes), (error) => {
    assert.ok(error instanceof RunFailure, String(error));
    assert.match(error.message, message);
    assert.match(error.message, /images/);
    return true;
  });

const numbers: Record<IdxType, readonly number[]> = {
  uint8: [0, 1, 127, 128, 255, 3],
  int8: [-128, -1, 0, 1, 127, 3],
  int16: [-32768, -1, 0, 255, 256, 32767],
  int32: [-(2 ** 24), -1, 0, 65_536, 2 ** 24, 3],
  float32: [-1.5, 0, 1e-30, 3.4e38, 0.1, -0],
  float64: [-1.5, 0, 1e-30, 1e300, 0.1, 3],
};

describe('an IDX file', () => {
  for (const [type, values] of Object.entries(numbers) as [IdxType, readonly number[]][])
    for (const packed of [false, true])
      it(`of ${type}${packed ? ', packed' : ''}`, async () => {
        const bytes = idxBytes(type, [2, 3], values);
        const { shape, data } = await read(packed ? gzipSync(bytes) : bytes);
        assert.deepEqual(shape, [2, 3]);
        assert.deepEqual(data, type === 'uint8' ? Uint8Array.from(values) : Float32Array.from(values));
      });

  it('of any number of axes, none of its values, or in many pieces', async () => {
    assert.deepEqual((await read(idxBytes('uint8', [4], [1, 2, 3, 4]))).shape, [4]);
    assert.deepEqual((await read(idxBytes('uint8', [1, 1, 2, 1, 2], [1, 2, 3, 4]))).shape, [1, 1, 2, 1, 2]);
    assert.deepEqual((await read(idxBytes('uint8', [0, 28, 28], []))).data, new Uint8Array(0));
    const long = Uint8Array.from({ length: 300_000 }, (_, i) => i * i);
    assert.deepEqual((await read(idxBytes('uint8', [300, 1000], long))).data, long);
    assert.deepEqual((await read(gzipSync(idxBytes('uint8', [300, 1000], long)))).data, long);
    // Two packed pieces one after the other are one file, as gzip says.
    const pieces = [idxHeader('uint8', [long.length]), long].map((piece) => gzipSync(piece));
    assert.deepEqual((await read(Buffer.concat(pieces))).data, long);
  });
});

describe('an IDX file that is none, or lies', () => {
  const whole = idxBytes('uint8', [2, 3], [1, 2, 3, 4, 5, 6]);

  it('is refused if it starts as something else', async () => {
    await refused(Buffer.from('P5 28 28 255'), /not an IDX file/);
    await refused(Buffer.from([0, 0, 0x0a, 1, 0, 0, 0, 1, 7]), /not an IDX file/);
    await refused(Buffer.from([0, 0, 8, 0, 1]), /not an IDX file/);
    await refused(Buffer.from([0, 1, 8, 1, 0, 0, 0, 1, 7]), /not an IDX file/);
  });

  it('is refused wherever it is cut off', async () => {
    for (let length = 0; length < whole.length; length++) await refused(whole.subarray(0, length), /ends too early/);
  });

  it('is refused if its compression is truncated or damaged', async () => {
    const packed = gzipSync(whole);
    for (const length of [10, packed.length - 9, packed.length - 1])
      await refused(packed.subarray(0, length), /can't be read|ends too early/);
    const damaged = Buffer.from(packed);
    damaged.writeUInt32LE(0, packed.length - 8);
    await refused(damaged, /can't be read/);
  });

  it('is refused with one byte too many', async () => {
    await refused(Buffer.concat([whole, Buffer.from([9])]), /longer than its header says \(2×3 values\)/);
    await refused(gzipSync(Buffer.concat([whole, Buffer.from([9])])), /longer than its header says/);
  });

  it('is refused if it claims more than a file can hold, whatever the product of its axes', async () => {
    const most = 2 ** 32 - 1;
    await refused(idxHeader('uint8', [most]), /ends too early/);
    await refused(idxHeader('uint8', [most, most, most]), /claims 4294967295×/);
    await refused(idxHeader('float64', new Array(255).fill(most)), /claims/);
    await refused(gzipSync(idxHeader('float32', [most])), /claims|ends too early/);
    await refused(gzipSync(idxHeader('uint8', [most])), /ends too early/);
  });

  it('is refused before memory is allocated', async ({ mock }) => {
    const asked: number[] = [];
    const real = { alloc: Buffer.alloc, allocUnsafe: Buffer.allocUnsafe, allocUnsafeSlow: Buffer.allocUnsafeSlow };
    for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const)
      mock.method(Buffer, name, (size: number) => {
        asked.push(size);
        return real[name](size);
      });
    await refused(idxHeader('uint8', [2 ** 30]), /ends too early/);
    await refused(gzipSync(idxHeader('uint8', [2 ** 30])), /ends too early/);
    assert.ok(asked.length > 0 && Math.max(...asked) <= 2 ** 20, `${asked}`);
    mock.restoreAll();
    assert.equal((await read(whole)).data.length, 6);
  });

  it('is refused without a crash if there is no such file, a folder, or a loop of links', () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, 'images-folder'));
      symlinkSync('images-loop', join(folder, 'images-loop'));
      await assert.rejects(readIdx(join(folder, 'images')), {
        name: 'RunFailure',
        message: /images can't be read: ENOENT/,
      });
      await assert.rejects(readIdx(join(folder, 'images-folder')), {
        name: 'RunFailure',
        message: /images-folder is not a file/,
      });
      await assert.rejects(readIdx(join(folder, 'images-loop')), { name: 'RunFailure', message: /ELOOP/ });
    }));

  const noPipes = process.platform === 'win32' ? 'Windows has no named pipes in folders' : false;
  it('is refused at once where it is a pipe that nobody writes to', { skip: noPipes, timeout: HANG_MS }, () =>
    withFolder(async (folder) => {
      execFileSync('mkfifo', [join(folder, 'images')]);
      await assert.rejects(readIdx(join(folder, 'images')), { name: 'RunFailure', message: /is not a file/ });
    }),
  );

  it('never crashes the reader: 500 mutations', async () => {
    const packed = gzipSync(whole);
    const byte = fc.integer({ min: 0, max: 255 });
    await withFolder((folder) =>
      fc.assert(
        fc.asyncProperty(
          fc.boolean(),
          fc.array(fc.tuple(fc.nat({ max: 40 }), byte), { minLength: 1, maxLength: 4 }),
          async (zipped, changes) => {
            const bytes = Buffer.from(zipped ? packed : whole);
            for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
            const file = join(folder, 'images');
            writeFileSync(file, bytes);
            await readIdx(file).then(
              ({ shape, data }) =>
                assert.equal(
                  shape.reduce((product, n) => product * n, 1),
                  data.length,
                ),
              (error) => assert.ok(error instanceof RunFailure, String(error)),
            );
          },
        ),
        { seed: 5, numRuns: 500 },
      ),
    );
  });
});

/** A packed file of zeros: a header, and as many gigabytes behind it as one likes. */
async function bomb(file: string, header: Buffer, megabytes: number): Promise<void> {
  const zeros = Buffer.alloc(2 ** 20);
  const pieces = function* () {
    yield header;
    for (let i = 0; i < megabytes; i++) yield zeros;
  };
  await pipeline(Readable.from(pieces()), createGzip({ level: 1 }), createWriteStream(file));
}

describe('a packed file that unpacks to a huge one', () => {
  const reader = `
    const { readIdx } = await import(process.argv[1]);
    const before = process.memoryUsage().rss;
    const started = performance.now();
    const message = await readIdx(process.argv[2]).then(() => 'read', (error) => error.name + ': ' + error.message);
    const most = process.resourceUsage().maxRSS * 1024 - before;
    console.log(JSON.stringify({ message, milliseconds: performance.now() - started, most }));`;
  const module = new URL('../../server/data/idx.ts', import.meta.url).href;

  for (const [name, header, message] of [
    ['all zeros', Buffer.alloc(4), /not an IDX file/],
    ['behind a header that claims little', idxHeader('uint8', [10, 28, 28]), /longer than its header says/],
    [
      'behind a header that claims all of it, which is too much',
      idxHeader('float64', [2 ** 16, 2 ** 16]),
      /claims 65536×65536/,
    ],
  ] as const)
    it(`is refused early with little memory: ${name}`, () =>
      withFolder(async (folder) => {
        const file = join(folder, 'images');
        await bomb(file, header, 256);
        const { stdout } = await promisify(execFile)(process.execPath, [
          '--input-type=module',
          '-e',
          reader,
          module,
          file,
        ]);
        const result = JSON.parse(stdout) as { message: string; milliseconds: number; most: number };
        assert.match(result.message, /^RunFailure: /);
        assert.match(result.message, message);
        // 256 MiB lie in it. A start of the reader alone takes some 10.
        assert.ok(result.most < 64 * 2 ** 20, `${result.most} bytes more`);
      }));
});
