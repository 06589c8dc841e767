/** Every kind of layer: the list to which a new kind is added. */
import type { Layer } from '../config.ts';
import { conv } from './conv.ts';
import { dense } from './dense.ts';
import { dropout } from './dropout.ts';
import { globalAveragePool } from './global-average-pool.ts';
import type { CompositeKind, LayerKind } from './layer-kind.ts';
import { averagePool, maxPool } from './pool.ts';
import { residual } from './residual.ts';
import { spp } from './spp.ts';
import { sum } from './sum.ts';

type AnyKind = LayerKind<Layer>;

/** In the order in which documents list them. */
export const layerKinds: readonly AnyKind[] = [conv, dense, maxPool, averagePool, spp, globalAveragePool, dropout, sum];

/** Entries that hold entries. */
export const compositeKinds: readonly CompositeKind[] = [residual];

const byType: ReadonlyMap<string, AnyKind> = new Map(layerKinds.map((kind) => [kind.type, kind]));

/** The kind of a layer; throws if there is none of its type. */
export function kindOf({ type }: Pick<Layer, 'type'>): AnyKind {
  const kind = byType.get(type);
  if (!kind) throw new Error(`there is no layer of kind ${type}`);
  return kind;
}
