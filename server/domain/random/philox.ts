/**
 * Philox4×32 with ten rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011): random
 * numbers as a function of a key and a counter. Nothing is remembered between draws, so a checkpoint holds counters only.
 */

export type Uint32x4 = readonly [number, number, number, number];

const M0 = 0xd2511f53;
const M1 = 0xcd9e8d57;
const W0 = 0x9e3779b9;
const W1 = 0xbb67ae85;

/** The high and low 32 bits of a product of two 32-bit integers. */
function multiplyHighLow(a: number, b: number): [high: number, low: number] {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const low = aLow * bLow;
  const middle1 = aHigh * bLow + (low >>> 16);
  const middle2 = aLow * bHigh + (middle1 & 0xffff);
  const high = aHigh * bHigh + Math.floor(middle1 / 0x10000) + Math.floor(middle2 / 0x10000);
  return [high >>> 0, Math.imul(a, b) >>> 0];
}

/** Four random 32-bit integers, a function of the counter and the key alone. */
export function philox([c0, c1, c2, c3]: Uint32x4, [k0, k1]: readonly [number, number]): Uint32x4 {
  let [x0, x1, x2, x3, key0, key1] = [c0, c1, c2, c3, k0, k1];
  for (let round = 0; round < 10; round++) {
    const [high0, low0] = multiplyHighLow(M0, x0);
    const [high1, low1] = multiplyHighLow(M1, x2);
    x0 = (high1 ^ x1 ^ key0) >>> 0;
    x1 = low1;
    x2 = (high0 ^ x3 ^ key1) >>> 0;
    x3 = low0;
    key0 = (key0 + W0) >>> 0;
    key1 = (key1 + W1) >>> 0;
  }
  return [x0, x1, x2, x3];
}
