/** Where a run file defines a layer. */
import { dirname } from 'node:path';
import { placeOf } from '../run-file/place.ts';
import { readRunFile } from '../run-file/read.ts';

/** The line, counted from 1, of the entry that made the layer of this name; undefined if there is none (any more). */
export function layerLine(text: string, { file, layer }: { file: string; layer: string }): number | undefined {
  const { config, positions } = readRunFile(text, { fileName: file, folder: dirname(file), forCheck: true });
  const found = config?.network.layers.find(({ name }) => name === layer);
  return found && placeOf(found.origin, positions).line;
}
