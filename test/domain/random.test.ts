import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { philox, type Uint32x4 } from '../../server/domain/random/philox.ts';
import { RandomStream } from '../../server/domain/random/stream.ts';

type StreamOptions = ConstructorParameters<typeof RandomStream>[0];

const first = (n: number, options: StreamOptions) => {
  const stream = new RandomStream(options);
  return Array.from({ length: n }, () => stream.uint32());
};
const gaussians = (n: number, options: StreamOptions) => {
  const stream = new RandomStream(options);
  return Float64Array.from({ length: n }, () => stream.gaussian());
};

describe('Philox4×32-10', () => {
  /** `kat_vectors` of the Random123 distribution: zeros, ones, digits of π. */
  const vectors: readonly (readonly [Uint32x4, readonly [number, number], Uint32x4])[] = [
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ];
  for (const [counter, key, expected] of vectors)
    it(`of the counter ${counter.map((word) => word.toString(16))}`, () =>
      assert.deepEqual(philox(counter, key), expected));

  it('is what 64-bit integers compute', () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), fc.tuple(word, word), (counter, key) => {
        let x = counter.map(BigInt);
        let k = key.map(BigInt);
        for (let round = 0; round < 10; round++) {
          const [a = 0n, b = 0n, c = 0n, d = 0n] = x;
          const [p, q] = [0xd2511f53n * a, 0xcd9e8d57n * c];
          x = [(q >> 32n) ^ b ^ (k[0] ?? 0n), q & 0xffffffffn, (p >> 32n) ^ d ^ (k[1] ?? 0n), p & 0xffffffffn];
          k = [((k[0] ?? 0n) + 0x9e3779b9n) & 0xffffffffn, ((k[1] ?? 0n) + 0xbb67ae85n) & 0xffffffffn];
        }
        assert.deepEqual(philox(counter, key).map(BigInt), x);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});

describe('a random stream', () => {
  // Computed by an implementation of its own in Python: a run must give the same weights in every release.
  it('never changes from release to release', () => {
    const weights = [...gaussians(6, { seed: 1, purpose: 'initialization', name: 'conv1.weight' })];
    const expected = [
      -0.1545393140566222, 0.21707249043962135, -0.32049588194015005, -0.12195506721484795, -0.23891905239193945,
      2.44641397903726,
    ];
    // The last bit of a sine may differ between libraries; two engines of JavaScript have the same one.
    for (const [i, weight] of weights.entries()) assert.ok(Math.abs(weight - (expected[i] ?? 0)) < 1e-15, `${weight}`);
    assert.deepEqual(
      [...new RandomStream({ seed: 7, purpose: 'order', index: 3 }).permutation(8)],
      [0, 2, 1, 7, 6, 5, 3, 4],
    );
    assert.deepEqual(
      first(5, { seed: 2 ** 33 + 5, purpose: 'dropout', name: 'dense1', index: 2 ** 32 + 9 }),
      [1925557361, 3574149252, 3182449440, 2370624373, 2466500807],
    );
  });

  it('is reproducible, and differs if seed, purpose, name or index differs', () => {
    const options: StreamOptions = { seed: 5, purpose: 'dropout', name: 'dense1', index: 3 };
    assert.deepEqual(first(20, options), first(20, { ...options }));
    const others: StreamOptions[] = [
      { ...options, seed: 6 },
      { ...options, seed: 5 + 2 ** 32 },
      { ...options, seed: 0 },
      { ...options, purpose: 'order' },
      { ...options, purpose: 'initialization' },
      { ...options, purpose: 'limit' },
      { ...options, purpose: 'validation' },
      { ...options, name: 'dense2' },
      { ...options, name: '' },
      { ...options, index: 4 },
      { ...options, index: 3 + 2 ** 32 },
    ];
    const starts = [options, ...others].map((each) => first(4, each).join());
    assert.equal(new Set(starts).size, starts.length);
  });

  it('never repeats a number of another index later: steps do not overlap', () => {
    const seen = new Set<string>();
    for (let index = 0; index < 50; index++) {
      const numbers = first(80, { seed: 1, purpose: 'dropout', name: 'dense1', index });
      for (let i = 0; i < numbers.length; i += 4) seen.add(numbers.slice(i, i + 4).join());
    }
    assert.equal(seen.size, 50 * 20);
  });

  it('has uniform numbers from 0 to below 1', () => {
    const stream = new RandomStream({ seed: 11, purpose: 'order' });
    const n = 50_000;
    const values = Float64Array.from({ length: n }, () => stream.uniform()).sort();
    assert.ok((values[0] ?? -1) >= 0 && (values.at(-1) ?? 1) < 1);
    // Kolmogorov: √n·D is above 1.95 once in a thousand seeds.
    const distance = values.reduce(
      (max, value, i) => Math.max(max, Math.abs(value - i / n), Math.abs(value - (i + 1) / n)),
      0,
    );
    assert.ok(Math.sqrt(n) * distance < 1.95, `${distance}`);
  });

  it('has exact standard normal numbers, tails included', () => {
    const n = 200_000;
    const values = gaussians(n, { seed: 12, purpose: 'initialization', name: 'x' }).sort();
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / n;
    // Standard errors of the first four moments: √(1, 2, 15, 96)/√n; five of them.
    for (const [power, expected, variance] of [
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 15],
      [4, 3, 96],
    ] as const)
      assert.ok(
        Math.abs(moment(power) - expected) < 5 * Math.sqrt(variance / n),
        `moment ${power} is ${moment(power)}`,
      );
    const distance = values.reduce((max, value, i) => Math.max(max, Math.abs(normalCdf(value) - (i + 0.5) / n)), 0);
    assert.ok(Math.sqrt(n) * distance < 1.95, `${distance}`);
    // Truncated at two or three standard deviations, as many libraries have it, there were none beyond: 13 are expected.
    const beyond = values.filter((value) => Math.abs(value) > 4).length;
    assert.ok(beyond >= 3 && beyond <= 30, `${beyond} beyond 4`);
  });

  it('has the same bits on every operating system', () => {
    // Of the first 10,000 numbers, little-endian: another V8, processor or system that rounds one of them otherwise is seen.
    const bytes = new DataView(new ArrayBuffer(80_000));
    const numbers = gaussians(10_000, { seed: 1, purpose: 'initialization', name: 'conv1.weight' });
    for (const [i, value] of numbers.entries()) bytes.setFloat64(8 * i, value, true);
    const hash = createHash('sha256').update(bytes).digest('hex');
    assert.equal(hash, '90fe1cef020b63489261ecb6c2f740e9b9ebce256358fdb61e1181d050c9190e');
  });

  it('has integers below n, each as often', () => {
    const stream = new RandomStream({ seed: 13, purpose: 'limit' });
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) {
      const value = stream.below(6);
      counts[value] = (counts[value] ?? Number.NaN) + 1;
    }
    const chiSquare = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    assert.ok(chiSquare < 20.5, `${counts}`);
  });

  it('permutes: every number once, every order as often', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.maxSafeNat(), (n, seed) => {
        const order = new RandomStream({ seed, purpose: 'order' }).permutation(n);
        assert.deepEqual(
          [...order].sort((a, b) => a - b),
          Array.from({ length: n }, (_, i) => i),
        );
      }),
      { seed: 4, numRuns: 200 },
    );
    const counts = new Map<string, number>();
    for (let index = 0; index < 24_000; index++) {
      const order = new RandomStream({ seed: 14, purpose: 'order', index }).permutation(4).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    assert.equal(counts.size, 24);
    // χ² of 23 degrees of freedom is above 49.7 once in a thousand seeds.
    const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    assert.ok(chiSquare < 49.7, `${chiSquare}`);
  });
});

/** Standard normal distribution, by the series of its error function (below 6) in double precision. */
function normalCdf(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; k < 200 && Math.abs(term) > 1e-17; k++) {
    term *= -(x * x) / (2 * k);
    sum += term / (2 * k + 1);
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI);
}
