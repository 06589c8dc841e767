import type { PlacedLayer } from '../domain/layers/layer-kind.ts';
import { pathOf, type SourcePath } from '../domain/origin.ts';
import type { LayerPropagation } from '../domain/propagation/propagate.ts';
import type { CheckedNetwork } from '../run-file/check.ts';

/** A layer with its shapes, and its prediction if it has weights. */
export interface EntryLayer {
  readonly placed: PlacedLayer;
  readonly predicted?: LayerPropagation;
}

/** The layers of one entry of `network.layers` (one, or as many as its `repeat`), or of a preset. */
export interface LayerEntry {
  /** Ends with the entry's number, or is `network.preset`. */
  readonly path: SourcePath;
  /** In order of depth; at least one. */
  readonly layers: readonly [EntryLayer, ...EntryLayer[]];
}

/** The entries of a network in the order of the file. */
export function layerEntries({ network, propagation }: CheckedNetwork): LayerEntry[] {
  const predictions = new Map(propagation.layers.map((layer) => [layer.name, layer]));
  const entries = new Map<string, { path: SourcePath; layers: [EntryLayer, ...EntryLayer[]] }>();
  for (const placed of network.layers) {
    const { name, origin } = placed.layer;
    const path = pathOf(origin);
    if (!path) continue;
    const predicted = predictions.get(name);
    const layer: EntryLayer = { placed, ...(predicted && { predicted }) };
    const key = path.join('.');
    const known = entries.get(key);
    if (known) known.layers.push(layer);
    else entries.set(key, { path, layers: [layer] });
  }
  return [...entries.values()];
}

/** The first and the last layer of an entry; only one if they are the same. */
export const endsOf = ({ layers }: LayerEntry): EntryLayer[] => {
  const last = layers.at(-1);
  return last === undefined || last === layers[0] ? [layers[0]] : [layers[0], last];
};

/** Names of an entry's layers: `conv1`, or `conv1 … conv10`. */
export const namesOf = (entry: LayerEntry): string =>
  endsOf(entry)
    .map(({ placed }) => placed.layer.name)
    .join(' … ');

/** The least or the greatest share of He's gradient over an entry's layers, whichever is farther from 1. */
export function gradientFactor({ layers }: LayerEntry): { name: string; factor: number } | undefined {
  const factors = layers.flatMap(({ predicted }) =>
    predicted ? [{ name: predicted.name, factor: predicted.backwardFactor }] : [],
  );
  const distance = (factor: number): number => Math.abs(Math.log(factor));
  return factors.toSorted((a, b) => distance(b.factor) - distance(a.factor))[0];
}
