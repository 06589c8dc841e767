/** Small networks that between them have every kind of layer, window, activation and order, and something to feed them. */

import type { Network } from '../../server/domain/network/network.ts';
import { stateName } from '../../server/domain/optimizers/optimizer.ts';
import { dropoutLayers } from '../../server/domain/step/step.ts';
import { networkOf } from './networks.ts';
import { fill, normals, uniforms } from './random.ts';
import { count } from './tensor.ts';

/** A layer as a run file writes it. */
export type LayerKeys = Record<string, unknown> | string;

export interface NetworkCase {
  readonly name: string;
  readonly network: Network;
}

export const conv = (filters: number, kernel: number, more: Record<string, unknown> = {}): LayerKeys => ({
  conv: { filters, kernel, ...more },
});
export const dense = (units: number, more: Record<string, unknown> = {}): LayerKeys => ({ dense: { units, ...more } });
export const maxPool = (size: number, stride: number): LayerKeys => ({ max_pool: { size, stride } });
export const averagePool = (size: number, stride: number): LayerKeys => ({ average_pool: { size, stride } });
export const residual = (layers: readonly LayerKeys[], more: Record<string, unknown> = {}): LayerKeys => ({
  residual: { layers, ...more },
});
export const spp = (...bins: number[]): LayerKeys => ({ spp: bins });

export const activations: Readonly<Record<string, unknown>> = {
  none: 'none',
  relu: 'relu',
  leaky: { leaky_relu: 0.1 },
  'prelu a channel': { prelu: { share: 'channel', slope: 0.25 } },
  'prelu a layer': { prelu: { share: 'layer', slope: 0.3 } },
};

const named = (name: string, layers: readonly LayerKeys[], more: Record<string, unknown> = {}): NetworkCase => ({
  name,
  network: networkOf({ input: [7, 6, 2], layers, ...more }),
});

/** Every kernel, stride and padding on a map of odd height and even width, behind and before another weighted layer. */
export const convolutionCases: readonly NetworkCase[] = [1, 2, 3, 4, 5].flatMap((kernel) =>
  [1, 2, 3].flatMap((stride) =>
    ['same', 'valid'].map((padding) =>
      named(`conv ${kernel}×${kernel} / ${stride}, ${padding}`, [
        conv(2, 1, { activation: 'none' }),
        conv(3, kernel, { stride, padding }),
        dense(3),
      ]),
    ),
  ),
);

/** Pools that tile, overlap, and leave pixels over. */
export const poolCases: readonly NetworkCase[] = [maxPool, averagePool].flatMap((pool) =>
  [
    [2, 2],
    [2, 1],
    [3, 2],
    [3, 3],
    [2, 3],
    [1, 2],
    [6, 1],
  ].map(([size = 1, stride = 1]) =>
    named(`${pool.name} ${size}×${size} / ${stride}`, [
      conv(3, 3, { activation: 'none' }),
      pool(size, stride),
      dense(3),
    ]),
  ),
);

export const pyramidCases: readonly NetworkCase[] = [
  named('spp with even bins', [conv(2, 1), spp(3, 2, 1), dense(3)], { input: [6, 6, 2] }),
  named('spp with uneven bins that share rows', [conv(2, 1, { activation: 'none' }), spp(5, 4, 3), dense(3)]),
  named('spp of one bin', [conv(2, 2), spp(1), dense(3)]),
  named('spp even one way only', [conv(2, 1), spp(3, 2), dense(3)], { input: [7, 6, 1] }),
];

export const activationCases: readonly NetworkCase[] = Object.entries(activations).map(([name, activation]) =>
  named(`${name} behind convolutions and dense layers`, [
    conv(3, 3, { activation }),
    conv(2, 2, { activation, stride: 2 }),
    maxPool(2, 1),
    dense(4, { activation }),
    dense(3, { activation }),
  ]),
);

export const orderCases: readonly NetworkCase[] = [
  named('dense alone', [dense(3)]),
  named('dense after dense', [dense(5, { activation: { leaky_relu: 0.2 } }), dense(4), dense(3)]),
  named('no biases', [
    conv(3, 3, { bias: false }),
    dense(4, { bias: false, activation: activations['prelu a channel'] }),
    dense(3, { bias: false }),
  ]),
  named('dropout', [
    conv(2, 3),
    dense(6, { dropout: 0.5 }),
    dense(5, { dropout: 0.25, activation: activations['prelu a layer'] }),
    dense(3),
  ]),
  named('convolution after dense', [dense(5), conv(4, 3), conv(3, 1, { activation: 'none' }), dense(3)]),
  named('pools first', [maxPool(2, 2), averagePool(2, 1), conv(3, 2), dense(3)]),
  named('a pyramid and a global average first', [spp(2, 1), 'global_average_pool', dense(4), dense(3)]),
  named('global average', [conv(4, 3, { stride: 2 }), 'global_average_pool', dense(3)]),
  named('logits from a global average', [conv(4, 3), conv(3, 3, { activation: 'none' }), 'global_average_pool']),
  named('one row of pixels', [conv(3, 3), conv(2, 5, { stride: 3 }), dense(3)], { input: [1, 9, 1] }),
  named('pools one after the other', [conv(3, 3), maxPool(3, 2), averagePool(2, 1), maxPool(2, 1), dense(3)], {
    input: [9, 10, 1],
  }),
  named(
    'pools between convolutions',
    [
      conv(3, 3, { activation: activations['prelu a layer'] }),
      maxPool(2, 2),
      conv(4, 2, { activation: activations['leaky'] }),
      averagePool(2, 1),
      conv(2, 3, { padding: 'valid', bias: false }),
      dense(4),
    ],
    { input: [11, 10, 2] },
  ),
  named(
    'one unit everywhere',
    [
      conv(1, 1, { activation: activations['prelu a channel'] }),
      dense(1, { activation: activations['prelu a layer'] }),
      dense(2),
    ],
    { input: [2, 2, 1] },
  ),
];

/** Numbers of maps that vector units hold, as real networks have them, and some that they do not. */
export const blockCases: readonly NetworkCase[] = [
  named('whole blocks of channels', [
    conv(16, 3),
    conv(16, 2),
    conv(32, 3, { stride: 2, activation: activations['prelu a channel'] }),
    conv(32, 3, { activation: activations['prelu a layer'] }),
    conv(16, 1, { activation: activations['leaky'], bias: false }),
    'global_average_pool',
    dense(3),
  ]),
  named('blocks between other layers', [
    conv(16, 3, { bias: false }),
    maxPool(2, 1),
    conv(20, 3),
    conv(16, 3, { activation: 'none' }),
    averagePool(2, 1),
    conv(48, 3),
    spp(3, 2, 1),
    dense(16),
    dense(3),
  ]),
];

/** Networks that are no chains: outputs that several layers take, and sums. */
export const graphCases: readonly NetworkCase[] = [
  named('a block of two convolutions', [conv(4, 3), residual([conv(4, 3), conv(4, 3)]), dense(3)]),
  named('blocks one after the other, with biases and slopes', [
    conv(4, 3, { activation: activations['prelu a channel'] }),
    residual([conv(3, 3, { activation: activations['leaky'] }), conv(4, 1)], { repeat: 2 }),
    dense(4),
    dense(3),
  ]),
  named('a projection with a stride', [
    conv(4, 3),
    residual([conv(6, 3, { stride: 2 }), conv(6, 3)], { shortcut: 'projection' }),
    'global_average_pool',
    dense(3),
  ]),
  named('a block on the images', [residual([conv(3, 3), conv(2, 3)]), conv(3, 2), dense(3)]),
  named('a block within a block', [conv(4, 3), residual([conv(4, 1), residual([conv(5, 3), conv(4, 3)])]), dense(3)]),
  named('a block of dense layers', [dense(5), residual([dense(7), dense(5)]), dense(3)]),
  named('whole blocks of channels', [
    conv(16, 3),
    residual([conv(32, 3), conv(16, 3)], { repeat: 2 }),
    residual([conv(32, 3, { stride: 2 }), conv(32, 3)], { shortcut: 'projection' }),
    'global_average_pool',
    dense(3),
  ]),
  named('dropout on maps', [
    conv(4, 3),
    { dropout: 0.25 },
    residual([conv(4, 3), { dropout: 0.5 }, conv(4, 3)]),
    dense(3),
  ]),
];

export const allCases: readonly NetworkCase[] = [
  ...convolutionCases,
  ...poolCases,
  ...pyramidCases,
  ...activationCases,
  ...orderCases,
  ...blockCases,
  ...graphCases,
];

/** Everything that a step is fed: a batch, a start of which nothing is zero, the dropout masks. */
export interface Feed {
  readonly batch: number;
  readonly images: Float64Array;
  readonly labels: Float64Array;
  /** [batch, units], by layer. */
  readonly masks: ReadonlyMap<string, Float64Array>;
  /** Parameters and velocities, by name. */
  readonly variables: ReadonlyMap<string, Float64Array>;
}

/** Numbers that single precision holds exactly, so that every implementation starts from the same ones. */
export function feedFor(network: Network, { batch, seed }: { batch: number; seed: number }): Feed {
  const normal = normals(seed);
  const uniform = uniforms(seed + 1);
  const masks = new Map<string, Float64Array>();
  for (const { name, units, rate } of dropoutLayers(network)) {
    const kept = 1 / (1 - rate);
    masks.set(
      name,
      fill(batch * units, () => Math.fround(uniform() < rate ? 0 : kept)),
    );
  }
  const variables = new Map<string, Float64Array>();
  for (const { name, role, shape } of network.parameters) {
    const units = shape.at(-1) ?? 1;
    const std = role === 'weight' ? Math.sqrt(2 / (count(shape) / units)) : 0.2;
    const start = role === 'slope' ? 0.25 : 0;
    variables.set(
      name,
      fill(count(shape), () => Math.fround(start + std * normal())),
    );
  }
  for (const { name, shape } of network.parameters)
    variables.set(
      stateName('velocity', name),
      fill(count(shape), () => Math.fround(0.01 * normal())),
    );
  return {
    batch,
    images: fill(batch * count(network.input), () => Math.fround(normal())),
    labels: fill(batch, () => Math.floor(uniform() * network.classes)),
    masks,
    variables,
  };
}
