import type { RunConfig } from '../domain/config.ts';
import { type Network, placeNetwork } from '../domain/network/network.ts';
import {
  differences,
  momentsOf,
  type StoredArray,
  type StoredMoments,
  storedLayers,
} from '../domain/network/stored-weights.ts';
import { originKey, pathOf } from '../domain/origin.ts';
import type { Conflict } from './mistake.ts';

/** Reads the arrays of a file, given its absolute path. Throws an Error that ends the sentence "it can't be read: …". */
export type ReadStored = (file: string) => ReadonlyMap<string, StoredArray>;

/** A message lists this many differences; the rest is counted. */
const LISTED = 8;

interface Naming {
  readonly path: Conflict['path'];
  readonly file: string;
}

/** Where files are named, each place and file once. */
function namingsOf(network: Network): Naming[] {
  const namings = new Map<string, Naming>();
  for (const { layer } of storedLayers(network))
    if (layer.init.kind === 'from')
      namings.set(originKey(layer.initOrigin), { path: pathOf(layer.initOrigin, 'from') ?? [], file: layer.init.file });
  return [...namings.values()];
}

/**
 * Read the files that `init: {from}` names and compare them with the network: the problems, one conflict per place that
 * lists all differences; and what predictions need about the weights.
 */
export function readStoredWeights(
  { network: config }: Pick<RunConfig, 'network'>,
  read: ReadStored,
): { conflicts: Conflict[]; moments: Readonly<Record<string, StoredMoments>> } {
  const network = placeNetwork(config);
  const files = new Map<string, ReadonlyMap<string, StoredArray> | Error>();
  const arraysOf = (file: string): ReadonlyMap<string, StoredArray> | Error => {
    let known = files.get(file);
    try {
      known ??= read(file);
    } catch (error) {
      known = error as Error;
    }
    files.set(file, known);
    return known;
  };
  const conflicts = namingsOf(network).flatMap(({ path, file }): Conflict[] => {
    const arrays = arraysOf(file);
    if (arrays instanceof Error) {
      const message = `The weights can’t be read from ${file}: ${arrays.message}. The path is relative to the run file.`;
      return [{ path, message }];
    }
    const layers = storedLayers(network).filter(
      ({ layer }) => pathOf(layer.initOrigin, 'from')?.join('/') === path.join('/'),
    );
    const found = layers.flatMap((placed) => differences(placed, arrays));
    const more = found.length > LISTED ? `; and ${found.length - LISTED} more` : '';
    return found.length === 0
      ? []
      : [{ path, message: `${file} does not fit this network: ${found.slice(0, LISTED).join('; ')}${more}.` }];
  });
  const known = (file: string) => {
    const arrays = files.get(file);
    return arrays instanceof Error ? undefined : arrays;
  };
  return { conflicts, moments: momentsOf(network, known) };
}
