/**
 * Reading what a user, or a folder that may come from anywhere, names: a pipe would be waited for, a device could be read for ever, a huge
 * file would take all memory. Only regular files of a size that was asked for are read.
 */

import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { formatCount } from '../domain/numbers/format.ts';

/** A file that is not read; the message ends the sentence "FILE: …". */
export class NotReadable extends Error {
  override readonly name = 'NotReadable';
}

/** What lies at a path, in words. */
function kindOf(status: Stats): string {
  if (status.isFile()) return 'a file';
  if (status.isDirectory()) return 'a folder';
  if (status.isFIFO()) return 'a named pipe';
  if (status.isSocket()) return 'a socket';
  return 'a device';
}

/** Windows has no such flag; without it the opening of a pipe waits for a writer. */
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The system reads no more than this at once. */
const LARGEST_READ = 2 ** 30;

const sizeInWords = (bytes: number): string =>
  bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KB` : `${formatCount(Math.ceil(bytes / 2 ** 20))} MB`;

function refuseUnfit(status: Stats, largest: number): void {
  if (!status.isFile()) throw new NotReadable(`it is ${kindOf(status)}, not a file`);
  if (status.size > largest)
    throw new NotReadable(`it has ${sizeInWords(status.size)}, and ${sizeInWords(largest)} is the most that is read`);
}

/** What a file of /proc, which claims to be empty, may hold beyond what it claims. */
const grownBeyond = (largest: number): NotReadable =>
  new NotReadable(`it has more than ${sizeInWords(largest)}, the most that is read`);

/**
 * The bytes of a regular file. `largest`: the most bytes that are read. Throws NotReadable, or what the system says. Looked at before it
 * is opened, since the opening of a device may do something, and again after, since another may lie there by then.
 */
export function readRegularFile(path: string, { largest }: { largest: number }): Buffer {
  refuseUnfit(statSync(path), largest);
  const descriptor = openSync(path, FLAGS);
  try {
    const status = fstatSync(descriptor);
    refuseUnfit(status, largest);
    // One byte more than it should have shows that it has grown meanwhile.
    let bytes = Buffer.allocUnsafe(status.size + 1);
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, bytes, length, Math.min(bytes.length - length, LARGEST_READ), null);
      if (read === 0) return bytes.subarray(0, length);
      length += read;
      if (length > largest) throw grownBeyond(largest);
      if (length === bytes.length) bytes = Buffer.concat([bytes, Buffer.alloc(Math.max(4096, length))]);
    }
  } finally {
    closeSync(descriptor);
  }
}
