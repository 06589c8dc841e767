/** A run's measurements of the layers of each entry of a run file; pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Layer } from '../../server/domain/config.ts';
import { pathOf, type SourcePath } from '../../server/domain/origin.ts';
import { probeTable, quantityIn } from '../../server/protocol/probe-table.ts';
import type { ProbeEnds, ProbeRow } from '../../server/protocol/requests.ts';
import { type RunFile, readRunFile } from '../../server/run-file/read.ts';

/** Gradient per weight, ‖∂E/∂w‖ / ‖w‖, of one layer at the run's first probe and at its last. */
export interface LayerGradient {
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

/** An entry of `network.layers`, or a preset. */
export interface EntryGradients {
  /** The line and its end, both from 0: the position of a hint. */
  readonly line: number;
  readonly character: number;
  /** Weighted layers in order of depth; at least one. */
  readonly layers: readonly [LayerGradient, ...LayerGradient[]];
}

/** The gradients that a run's probes measured, by entry of a text; undefined if the text has a different network. */
export function entryGradients(
  text: string,
  { probes, fileName }: { probes: ProbeEnds; fileName: string },
): EntryGradients[] | undefined {
  const read = (source: string): RunFile => readRunFile(source, { fileName, folder: '/', forCheck: true });
  const { config, positions } = read(text);
  const trained = probes.text === text ? config : read(probes.text).config;
  if (!config || !trained || !isDeepStrictEqual(bare(config.network), bare(trained.network))) return undefined;
  const { first, last } = probes;
  if (!first || !last) return [];
  const atFirst = gradientsOf(probes, first);
  const atLast = gradientsOf(probes, last);
  const entries = new Map<string, { path: SourcePath; layers: LayerGradient[] }>();
  for (const { name, origin } of config.network.layers) {
    const path = pathOf(origin);
    const [before, now] = [atFirst.get(name), atLast.get(name)];
    // A layer without weights is not probed.
    if (!path || before === undefined || now === undefined) continue;
    const key = path.join('.');
    const entry = entries.get(key) ?? { path, layers: [] };
    entries.set(key, entry);
    entry.layers.push({ name, first: before, last: now });
  }
  return [...entries.values()].flatMap(({ path, layers: [top, ...more] }): EntryGradients[] => {
    const line = (positions.entryRange(path) ?? positions.nearestRange(path)).line;
    const end = /^[^\r\n]*/.exec(text.slice(positions.offset(line, 1)))?.[0].trimEnd().length ?? 0;
    return top ? [{ line: line - 1, character: end, layers: [top, ...more] }] : [];
  });
}

/** A network without its positions in the text: comments and blank lines do not make it different. */
const bare = ({ layers, ...network }: { layers: readonly Layer[] }): unknown => ({
  ...network,
  layers: layers.map((layer) => ({ ...layer, origin: undefined, initOrigin: undefined })),
});

function gradientsOf({ layers, quantities }: ProbeEnds, { values }: ProbeRow): Map<string, number> {
  const table = probeTable({ layers, quantities, values });
  const [gradient, weight] = [quantityIn(table, 'gradient_norm'), quantityIn(table, 'weight_norm')];
  return new Map(layers.map((name, layer) => [name, gradient(0, layer) / weight(0, layer)]));
}

/** The most informative layers of an entry: its ends, and those with the least and the greatest gradient, in order of depth. */
export function notableLayers(layers: EntryGradients['layers']): LayerGradient[] {
  const sorted = layers.toSorted((a, b) => a.last - b.last);
  const notable = new Set([layers[0], layers.at(-1), sorted[0], sorted.at(-1)]);
  return layers.filter((layer) => notable.has(layer));
}
