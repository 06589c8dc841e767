/** What a check says of a network to people: depth, cost and what is left of signal and gradient; a row for every layer. */
import { layerMultiplyAdds, layerParameters, weightedLayers } from '../domain/network/network.ts';
import { count, number } from '../domain/numbers/format.ts';
import type { CheckedNetwork } from '../run-file/check.ts';
import { table } from './output.ts';

/** Short enough for a column: 355,050, 1.20e10. */
const short = (value: number): string => (value < 1e8 ? count(value) : value.toExponential(2).replace('+', ''));

/** Excess over `he` from which on it is told, too: below, it is rounding. */
const NOTEWORTHY = 1.05;

/** The least that is left of signal or gradient; the greatest where it is more than `he` gives. */
const extremes = (what: string, least: number, { greatest }: { greatest: number }): string =>
  greatest > NOTEWORTHY ? `${what} ${number(least)} to ${number(greatest)}` : `least ${what} ${number(least)}`;

/** Depth, parameters and cost; what is left of signal and gradient. */
export function summaryText({ propagation, parameters, multiplyAdds }: CheckedNetwork): string {
  const { layers, forwardFactor, backwardFactor, forwardExcess, backwardExcess } = propagation;
  const signal = extremes('signal', forwardFactor, { greatest: forwardExcess });
  const gradient = extremes('gradient', backwardFactor, { greatest: backwardExcess });
  return [
    `${layers.length} weighted ${layers.length === 1 ? 'layer' : 'layers'}, ${count(parameters)} parameters, ${short(multiplyAdds)} multiply-adds per image`,
    `${signal}, ${gradient} (relative to \`he\` on the same network)`,
  ].join('\n');
}

/** A row for every weighted layer, within 80 columns. */
export const layerTable = ({ network, propagation }: CheckedNetwork): string =>
  table([
    ['layer', 'output', 'parameters', 'mult-adds', 'weight std', 'forward', 'backward'],
    ...weightedLayers(network).map((placed, i) => {
      const predicted = propagation.layers[i];
      return [
        placed.layer.name,
        placed.output.join('×'),
        short(layerParameters(placed)),
        short(layerMultiplyAdds(placed)),
        ...[predicted?.weightStd, predicted?.forwardStd, predicted?.backwardStd].map((std) =>
          number(std ?? Number.NaN),
        ),
      ];
    }),
  ]);
