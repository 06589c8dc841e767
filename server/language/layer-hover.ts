import { isWeighted } from '../domain/config.ts';
import { fans, layerMultiplyAdds, type PlacedWeightedLayer } from '../domain/network/network.ts';
import { formatCount, short } from '../domain/numbers/format.ts';
import { size } from '../domain/shapes/size.ts';
import { type EntryLayer, endsOf, type LayerEntry, namesOf } from './layer-entry.ts';
import { shapeText, share } from './numbers.ts';

interface Row {
  readonly title: string;
  readonly value: (layer: EntryLayer) => string | undefined;
}

const parametersOf = ({ placed }: EntryLayer): number =>
  placed.parameters.reduce((sum, { shape }) => sum + size(shape), 0);

const ofWeighted =
  (value: (placed: PlacedWeightedLayer) => string) =>
  ({ placed }: EntryLayer): string | undefined =>
    isWeighted(placed.layer) ? value(placed as PlacedWeightedLayer) : undefined;

/** The properties shown for a layer, each with its unit. */
const rows: readonly Row[] = [
  { title: 'input', value: ({ placed }) => shapeText(placed.input) },
  { title: 'output', value: ({ placed }) => shapeText(placed.output) },
  { title: 'parameters', value: (layer) => (layer.predicted ? formatCount(parametersOf(layer)) : undefined) },
  { title: 'multiply-adds per example', value: ofWeighted((placed) => formatCount(layerMultiplyAdds(placed))) },
  {
    title: 'fan-in, fan-out',
    value: ofWeighted((placed) => `${formatCount(fans(placed).fanIn)}, ${formatCount(fans(placed).fanOut)}`),
  },
  { title: 'standard deviation of the weights', value: ({ predicted }) => predicted && short(predicted.weightStd) },
  {
    title: 'signal, for an input of unit variance',
    value: ({ predicted }) => predicted && short(predicted.forwardStd),
  },
  {
    title: 'forward gain, from the layer before',
    value: ({ predicted }) => predicted && `${short(predicted.forwardGain)} ×`,
  },
  {
    title: 'gradient, relative to the last layer’s',
    value: ({ predicted }) => predicted && short(predicted.backwardStd),
  },
  {
    title: 'backward gain, from the layer after',
    value: ({ predicted }) => predicted && `${short(predicted.backwardGain)} ×`,
  },
  { title: 'gradient, relative to He’s', value: ({ predicted }) => predicted && share(predicted.backwardFactor) },
];

/**
 * Shapes, sizes and the predicted propagation of an entry's layers, as Markdown: of the first and the last
 * if there are several. Signal and gradient are standard deviations at initialisation.
 */
export function describeEntry(entry: LayerEntry): string {
  const ends = endsOf(entry);
  const lines = rows.flatMap(({ title, value }) => {
    const values = ends.map((end) => value(end) ?? '');
    return values.some((text) => text !== '') ? [`| ${title} | ${values.join(' | ')} |`] : [];
  });
  const parameters = entry.layers.reduce((sum, layer) => sum + parametersOf(layer), 0);
  const all =
    entry.layers.length > 1
      ? [`${namesOf(entry)}: ${entry.layers.length} layers, ${formatCount(parameters)} parameters in total.`, '']
      : [];
  return [
    ...all,
    `| at initialisation | ${ends.map(({ placed }) => placed.layer.name).join(' | ')} |`,
    `|---|${ends.map(() => '---:|').join('')}`,
    ...lines,
  ].join('\n');
}
