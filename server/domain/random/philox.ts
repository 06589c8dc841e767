/**
 * Philox4×32 with ten rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011): random
 * numbers as a function of a key and a counter. There is no state between draws, so a checkpoint holds counters only.
 */

export type Uint32x4 = readonly [number, number, number, number];

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** The high 32 bits of a product of two 32-bit integers, modulo 2³². */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle1 = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middle2 = aLow * bHigh + (middle1 & 0xffff);
  // Both are below 2³² here: a shift loses nothing.
  return aHigh * bHigh + (middle1 >>> 16) + (middle2 >>> 16);
}

/** Four random 32-bit integers, a function of the counter and the key alone. */
export function philox([c0, c1, c2, c3]: Uint32x4, [k0, k1]: readonly [number, number]): Uint32x4 {
  // Signed integers between the rounds: V8 keeps these in registers.
  let [x0, x1, x2, x3, key0, key1] = [c0 | 0, c1 | 0, c2 | 0, c3 | 0, k0 | 0, k1 | 0];
  for (let round = 0; round < 10; round++) {
    const next0 = multiplyHigh(M1, x2) ^ x1 ^ key0;
    const next2 = multiplyHigh(M0, x0) ^ x3 ^ key1;
    x1 = Math.imul(M1, x2);
    x3 = Math.imul(M0, x0);
    x0 = next0;
    x2 = next2;
    key0 = (key0 + W0) | 0;
    key1 = (key1 + W1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0, x2 >>> 0, x3 >>> 0];
}
