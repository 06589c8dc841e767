/** What the address of a document says of where it lies. */
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Whether a document lies on the disk of this machine: only then has it a folder that a path could be relative to. */
export const isOnDisk = (uri: string): boolean => uri.startsWith('file:');

/** File name and folder of a document, by its address alone. */
export function placeOf(uri: string): { fileName: string; folder: string } {
  if (isOnDisk(uri)) {
    try {
      const file = fileURLToPath(uri);
      return { fileName: basename(file), folder: dirname(file) };
    } catch {
      // An address that names no file of this machine: what follows does without one.
    }
  }
  const path = uri.replace(/^[a-z][\w+.-]*:(?:\/\/[^/]*)?/i, '');
  const slash = path.lastIndexOf('/');
  return { fileName: safeDecode(path.slice(slash + 1)), folder: path.slice(0, slash) || '/' };
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Bytes that are no UTF-8: the name is only shown, so its escapes may stay.
    return text;
  }
}
