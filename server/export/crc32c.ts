/**
 * CRC-32C (Castagnoli; RFC 3720, appendix B.4), as record files of TensorFlow are guarded by. By hand: Node's zlib has CRC-32 only,
 * `@node-rs/crc32` is native, and `fast-crc32c` is this table and an optional native part without types.
 */

/** The polynomial with its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  return remainder;
});

export function crc32c(bytes: Uint8Array): number {
  let remainder = 0xffffffff;
  for (const byte of bytes) remainder = (remainder >>> 8) ^ (TABLE[(remainder ^ byte) & 255] as number);
  return (remainder ^ 0xffffffff) >>> 0;
}

/** Turned and shifted, since a checksum of data that holds its own checksum is weak (tensorflow/core/lib/hash/crc32c.h). */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
