/** Every layer with weights: its prediction before training, and its measurements. */
import { weightedLayers } from '../../domain/network/network.ts';
import type { ProbeQuantity } from '../../domain/probe/quantities.ts';
import { size } from '../../domain/shapes/size.ts';
import { formatNumber } from '../../figures/format.ts';
import { probeTable, quantityIn } from '../../protocol/probe-table.ts';
import type { RunSnapshot } from '../../protocol/requests.ts';
import { unpack } from '../../protocol/scalar.ts';
import type { CheckedNetwork } from '../../run-file/check.ts';
import { placeOf } from '../../run-file/place.ts';
import type { Positions } from '../../run-file/positions.ts';
import { type Html, html, table } from './html.ts';

/** One quantity of one layer at a probe; NaN where there is none. */
type Probes = (probe: number, layer: string, quantity: ProbeQuantity) => number;

function numbersIn({ probes }: RunSnapshot): { steps: Float64Array; at: Probes } {
  const table = probeTable(probes);
  const at: Probes = (probe, layer, quantity) =>
    probes.layers.includes(layer) ? quantityIn(table, quantity)(probe, probes.layers.indexOf(layer)) : Number.NaN;
  return { steps: unpack(probes.step), at };
}

/** A number, or a dash if the layer does not have this quantity. */
const number = (value: number): string => (Number.isNaN(value) ? '–' : formatNumber(value));

/** The table, and what its columns mean. */
export function layerTable(
  snapshot: RunSnapshot,
  { network, propagation }: CheckedNetwork,
  positions: Positions,
): Html {
  const { steps, at } = numbersIn(snapshot);
  const last = steps.length - 1;
  const measured = last >= 0;
  const slopes = measured && snapshot.probes.layers.some((layer) => !Number.isNaN(at(last, layer, 'slope_mean')));
  const [first, end] = [`step ${steps[0]}`, `step ${steps[last]}`];
  const perWeight = (probe: number, layer: string) =>
    at(probe, layer, 'gradient_norm') / at(probe, layer, 'weight_norm');
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
      parameters.reduce((sum, { shape }) => sum + size(shape), 0).toLocaleString('en-US'),
      number(predicted?.weightStd ?? Number.NaN),
      number(predicted?.forwardStd ?? Number.NaN),
      ...(measured ? [number(at(0, name, 'activation_rms'))] : []),
      number(predicted?.backwardStd ?? Number.NaN),
      ...(measured
        ? [
            number(perWeight(0, name)),
            number(perWeight(last, name)),
            number(at(last, name, 'update_ratio')),
            Number.isNaN(dead) ? '–' : `${(100 * dead).toFixed(1)} %`,
          ]
        : []),
      ...(slopes ? [number(at(last, name, 'slope_mean'))] : []),
    ];
  });
  return html`<p><small>Signal: root mean square of the pre-activations, predicted for an input of unit variance. Gradient, predicted: standard deviation of the gradient with respect to the pre-activations, relative to the last layer’s. ‖g‖, ‖w‖, ‖Δw‖: L2 norms of a layer’s gradient, weights and update. Dead: units that are not positive for any example of the batch.</small></p>${table(head, rows, 'Layers')}`;
}
