/** What a document's URI reveals about its location. */
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Whether a document is on this machine's disk: only then does it have a folder that a path can be relative to. */
export const isOnDisk = (uri: string): boolean => uri.startsWith('file:');

/** File name and folder of a document, from its URI alone. */
export function placeOf(uri: string): { fileName: string; folder: string } {
  if (isOnDisk(uri)) {
    try {
      const file = fileURLToPath(uri);
      return { fileName: basename(file), folder: dirname(file) };
    } catch {
      // A URI without a file on this machine: the code below does not need one.
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
    // Bytes that are not UTF-8: the name is only displayed, so its escapes may stay.
    return text;
  }
}
