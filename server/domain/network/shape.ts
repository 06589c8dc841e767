import type { Layer, MapShape } from '../config.ts';
import { kindOf } from '../layers/kinds.ts';

/** The map that a layer gives, or what is impossible about it (a sentence for the user). */
export type ShapeResult = { readonly shape: MapShape } | { readonly problem: string };

/** The map after a layer, given the map before it. Never throws. */
export const outputShape = (layer: Layer, input: MapShape): ShapeResult => kindOf(layer).shape(layer, input);
