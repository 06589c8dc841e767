/** Every layer with weights: its prediction before training, and its measurements. */

import { weightedLayers } from '../../domain/network/network.ts';
import { formatCount, formatNumber, formatPercent } from '../../domain/numbers/format.ts';
import type { ProbeQuantity } from '../../domain/probe/quantities.ts';
import { size } from '../../domain/shapes/size.ts';
import { gradientPerWeightIn, probeTable, quantityIn } from '../../protocol/probe-table.ts';
import type { RunSnapshot } from '../../protocol/requests.ts';
import { unpack } from '../../protocol/scalar.ts';
import type { CheckedNetwork } from '../../run-file/check.ts';
import { placeOf } from '../../run-file/place.ts';
import type { Positions } from '../../run-file/positions.ts';
import { type Html, html, table } from './html.ts';

interface Probes {
  readonly steps: Float64Array;
  /** One quantity of one layer at a probe; NaN where there is none. */
  readonly at: (probe: number, layer: string, quantity: ProbeQuantity) => number;
  /** Its gradient per weight. */
  readonly perWeight: (probe: number, layer: string) => number;
}

function numbersIn({ probes }: RunSnapshot): Probes {
  const table = probeTable(probes);
  const perWeight = gradientPerWeightIn(table);
  const of = (layer: string, read: (index: number) => number): number =>
    probes.layers.includes(layer) ? read(probes.layers.indexOf(layer)) : Number.NaN;
  return {
    steps: unpack(probes.step),
    at: (probe, layer, quantity) => of(layer, (index) => quantityIn(table, quantity)(probe, index)),
    perWeight: (probe, layer) => of(layer, (index) => perWeight(probe, index)),
  };
}

/** A number, or a dash if the layer does not have this quantity. */
const number = (value: number): string => (Number.isNaN(value) ? '–' : formatNumber(value));

/** The table, and what its columns mean. */
export function layerTable(
  snapshot: RunSnapshot,
  { network, propagation }: CheckedNetwork,
  positions: Positions,
): Html {
  const { steps, at, perWeight } = numbersIn(snapshot);
  const last = steps.length - 1;
  const measured = last >= 0;
  const slopes = measured && snapshot.probes.layers.some((layer) => !Number.isNaN(at(last, layer, 'slope_mean')));
  const [first, end] = [
    `step ${formatCount(steps[0] ?? Number.NaN)}`,
    `step ${formatCount(steps[last] ?? Number.NaN)}`,
  ];
  const head = [
    'layer',
    'line',
    'output',
    'parameters',
    'weight std',
    'signal, predicted',
    ...(measured ? [`signal, measured, ${first}`] : []),
    'gradient, predicted',
    ...(measured ? [`‖g‖/‖w‖, ${first}`, `‖g‖/‖w‖, ${end}`, `‖Δw‖/‖w‖, ${end}`, `dead, ${end}`] : []),
    ...(slopes ? [`slope, ${end}`] : []),
  ];
  const rows = weightedLayers(network).map(({ layer, output, parameters }, i) => {
    const predicted = propagation.layers[i];
    const { name } = layer;
    const dead = at(last, name, 'dead_fraction');
    return [
      name,
      placeOf(layer.origin, positions).line,
      output.join('×'),
      formatCount(parameters.reduce((sum, { shape }) => sum + size(shape), 0)),
      number(predicted?.weightStd ?? Number.NaN),
      number(predicted?.forwardStd ?? Number.NaN),
      ...(measured ? [number(at(0, name, 'activation_rms'))] : []),
      number(predicted?.backwardStd ?? Number.NaN),
      ...(measured
        ? [
            number(perWeight(0, name)),
            number(perWeight(last, name)),
            number(at(last, name, 'update_ratio')),
            formatPercent(Number.isNaN(dead) ? undefined : 100 * dead),
          ]
        : []),
      ...(slopes ? [number(at(last, name, 'slope_mean'))] : []),
    ];
  });
  return html`<p><small>Signal: root mean square of the pre-activations, predicted for an input of unit variance. Gradient, predicted: standard deviation of the gradient with respect to the pre-activations, relative to the last layer’s. ‖g‖, ‖w‖, ‖Δw‖: L2 norms of a layer’s gradient, weights and update. Dead: units that are not positive for any example of the batch.</small></p>${table(head, rows, 'Layers')}`;
}
