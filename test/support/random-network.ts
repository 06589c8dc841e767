/** Networks drawn by fast-check: any layers that fit one after the other, on any small map. */
import fc from 'fast-check';
import type { MapShape } from '../../server/domain/config.ts';
import { activations, averagePool, conv, dense, type LayerKeys, maxPool, spp } from './network-cases.ts';

/** What is wished for; made to fit the map that it meets. */
interface Wish {
  readonly kind: 'conv' | 'dense' | 'max_pool' | 'average_pool' | 'spp' | 'global_average_pool';
  readonly width: number;
  readonly side: number;
  readonly stride: number;
  readonly padding: string;
  readonly activation: unknown;
  readonly bias: boolean;
  readonly dropout: number;
}

/** The layer, and the map after it, reckoned apart from the product's own rules. */
function grant(wish: Wish, [height, width, channels]: MapShape): { layer: LayerKeys; map: MapShape } {
  const side = Math.min(wish.side, height, width);
  const { stride, activation, bias } = wish;
  const whole = (length: number) => Math.ceil((length - side + 1) / stride);
  switch (wish.kind) {
    case 'conv': {
      const same = wish.padding === 'same';
      const kernel = same ? wish.side : side;
      const along = (length: number) => (same ? Math.ceil(length / stride) : whole(length));
      return {
        layer: conv(wish.width, kernel, { stride, padding: wish.padding, activation, bias }),
        map: [along(height), along(width), wish.width],
      };
    }
    case 'dense':
      return { layer: dense(wish.width, { activation, bias, dropout: wish.dropout }), map: [1, 1, wish.width] };
    case 'max_pool':
    case 'average_pool': {
      const pool = wish.kind === 'max_pool' ? maxPool : averagePool;
      return { layer: pool(side, stride), map: [whole(height), whole(width), channels] };
    }
    case 'spp':
      return { layer: spp(side, 1), map: [1, 1, (side * side + 1) * channels] };
    case 'global_average_pool':
      return { layer: 'global_average_pool', map: [1, 1, channels] };
  }
}

const wish: fc.Arbitrary<Wish> = fc.record({
  kind: fc.constantFrom<Wish['kind'][]>(
    'conv',
    'conv',
    'conv',
    'dense',
    'max_pool',
    'average_pool',
    'spp',
    'global_average_pool',
  ),
  width: fc.integer({ min: 1, max: 4 }),
  side: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  padding: fc.constantFrom('same', 'valid'),
  activation: fc.constantFrom(...Object.values(activations)),
  bias: fc.boolean(),
  dropout: fc.constantFrom(0, 0, 0.5),
});

const input: fc.Arbitrary<MapShape> = fc.tuple(
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 9 }),
  fc.integer({ min: 1, max: 3 }),
);

/** The network section of a run file, up to five layers and the logits. */
export const networkKeys: fc.Arbitrary<Record<string, unknown>> = fc
  .tuple(input, fc.array(wish, { minLength: 1, maxLength: 5 }), fc.integer({ min: 2, max: 4 }))
  .map(([start, wishes, classes]) => {
    let map = start;
    const layers = wishes.map((one) => {
      const granted = grant(one, map);
      map = granted.map;
      return granted.layer;
    });
    return { input: start, layers: [...layers, dense(classes)] };
  });
