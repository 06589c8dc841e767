/** Weights from files: read when a run starts; when it continues, its checkpoint has them. */
import type { RunConfig } from '../domain/config.ts';
import type { Network } from '../domain/network/network.ts';
import { type StoredMoments, storedLayers } from '../domain/network/stored-weights.ts';
import { pathOf } from '../domain/origin.ts';
import { readWeightFile, type WeightFile, weightFileHash } from '../formats/weight-file.ts';
import type { Positions } from '../run-file/positions.ts';
import { RunFailure } from '../run-file/run-failure.ts';
import { readStoredWeights } from '../run-file/weights-from-file.ts';

/** What a checkpoint keeps about the files that a run started from. */
export interface WeightFiles {
  /** SHA-256 by absolute path. */
  readonly hashes: Readonly<Record<string, string>>;
  /** For predictions, by layer. */
  readonly moments: Readonly<Record<string, StoredMoments>>;
}

interface InitialWeights {
  readonly files: WeightFiles;
  /** The arrays to start from, by parameter. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

/** Read what a run starts from. Throws a RunFailure that lists what does not fit, with the places in the run file. */
export function readInitialWeights(
  config: RunConfig,
  network: Network,
  { file, positions }: { file: string; positions: Positions },
): InitialWeights | undefined {
  const layers = storedLayers(network);
  if (layers.length === 0) return undefined;
  const files = new Map<string, WeightFile>();
  const { conflicts, moments } = readStoredWeights(config, (path) => {
    const read = readWeightFile(path);
    files.set(path, read);
    return read.arrays;
  });
  if (conflicts.length > 0) {
    const lines = conflicts.map(({ path, message }) => {
      const { line, column } = positions.nearestRange(path);
      return `${file}:${line}:${column}: ${message}`;
    });
    throw new RunFailure(lines.join('\n'));
  }
  const values = layers.flatMap(({ layer, parameters }) =>
    parameters.flatMap(({ name }): [string, Float32Array][] => {
      const array = layer.init.kind === 'from' ? files.get(layer.init.file)?.arrays.get(name) : undefined;
      return array ? [[name, array.data]] : [];
    }),
  );
  const hashes = Object.fromEntries([...files].map(([path, { hash }]) => [path, hash]));
  return { files: { hashes, moments }, values: new Map(values) };
}

/** Refuses to continue if a file that a run started from has changed. A missing one is not needed. */
export function checkWeightFiles(network: Network, { hashes }: WeightFiles): void {
  for (const [path, hash] of Object.entries(hashes)) {
    const now = weightFileHash(path);
    if (now === undefined || now === hash) continue;
    const named = storedLayers(network).find(({ layer }) => layer.init.kind === 'from' && layer.init.file === path);
    throw new RunFailure(
      `${path} has changed since this run started from it: start a new run for the new weights. To continue this one, restore the old file or remove the new one; the checkpoint has the weights.`,
      named && pathOf(named.layer.initOrigin, 'from'),
    );
  }
}
