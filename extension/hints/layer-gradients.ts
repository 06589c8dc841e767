/** What a run measured of the layers that each entry of a run file makes; pure. */
import { isDeepStrictEqual } from 'node:util';
import type { Layer } from '../../server/domain/config.ts';
import { gradientPerWeightAt, PROBE_QUANTITIES } from '../../server/protocol/quantities.ts';
import type { ProbeEnds, ProbeRow } from '../../server/protocol/requests.ts';
import { unpack } from '../../server/protocol/scalar.ts';
import { type RunFile, readRunFile } from '../../server/run-file/read.ts';

/** Gradient per weight, ‖∂E/∂w‖ / ‖w‖, of one layer at the run's first probe and at its last. */
export interface LayerGradient {
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

/** An entry of `network.layers`, or a preset. */
export interface EntryGradients {
  /** The line's number and its end, both from 0: where a hint stands. */
  readonly line: number;
  readonly character: number;
  /** Weighted layers in order of depth; at least one. */
  readonly layers: readonly [LayerGradient, ...LayerGradient[]];
}

/** What the probes of a run say of the entries of a text; undefined where the text has another network than the run. */
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
  const atFirst = gradientsOf(probes.layers, first);
  const atLast = gradientsOf(probes.layers, last);
  const entries = new Map<string, { source: Layer['source']; layers: LayerGradient[] }>();
  for (const { name, source } of config.network.layers) {
    const [before, now] = [atFirst.get(name), atLast.get(name)];
    // A layer without weights is not probed.
    if (before === undefined || now === undefined) continue;
    const key = source.join('.');
    const entry = entries.get(key) ?? { source, layers: [] };
    entries.set(key, entry);
    entry.layers.push({ name, first: before, last: now });
  }
  return [...entries.values()].flatMap(({ source, layers: [top, ...more] }): EntryGradients[] => {
    const line = (positions.entryRange(source) ?? positions.nearestRange(source)).line;
    const end = /^[^\r\n]*/.exec(text.slice(positions.offset(line, 1)))?.[0].trimEnd().length ?? 0;
    return top ? [{ line: line - 1, character: end, layers: [top, ...more] }] : [];
  });
}

/** A network without the places where it is written: comments and blank lines do not make it another. */
const bare = ({ layers, ...network }: { layers: readonly Layer[] }): unknown => ({
  ...network,
  layers: layers.map((layer) => ({ ...layer, source: undefined, initSource: undefined })),
});

function gradientsOf(layers: readonly string[], { values }: ProbeRow): Map<string, number> {
  const all = unpack(values);
  const width = PROBE_QUANTITIES.length;
  return new Map(layers.map((name, i) => [name, gradientPerWeightAt(all, i * width)]));
}

/** The layers of an entry that say most: its ends, and those of the least and the greatest gradient, in order of depth. */
export function tellingLayers(layers: EntryGradients['layers']): LayerGradient[] {
  const sorted = layers.toSorted((a, b) => a.last - b.last);
  const telling = new Set([layers[0], layers.at(-1), sorted[0], sorted.at(-1)]);
  return layers.filter((layer) => telling.has(layer));
}
