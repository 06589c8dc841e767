import type { Layer } from '../config.ts';
import { conv } from './conv.ts';
import { dense } from './dense.ts';
import { globalAveragePool } from './global-average-pool.ts';
import type { LayerKind } from './layer-kind.ts';
import { pool } from './pool.ts';
import { spp } from './spp.ts';

const rules = {
  conv,
  dense,
  max_pool: pool,
  average_pool: pool,
  spp,
  global_average_pool: globalAveragePool,
};

/** The rule of a layer's kind. */
export const kindOf = <L extends Layer>(layer: L): LayerKind<L> => rules[layer.type] as unknown as LayerKind<L>;
