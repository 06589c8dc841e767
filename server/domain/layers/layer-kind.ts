import type { Layer, MapShape } from '../config.ts';
import type { Moments } from '../moments/moments.ts';
import type { Builder } from '../program/builder.ts';
import type { Value } from '../program/operation.ts';

/** What a variable holds: weight decay acts on weights only, and norms are of weights only. */
export type ParameterRole = 'weight' | 'bias' | 'slope';

/** One learned array of a layer. Conv weights are [kernel, kernel, in, out], dense weights [in, out], slopes [channels] or [1]. */
export interface Parameter {
  /** `conv1.weight`, `conv1.bias`, `conv1.slope`. */
  readonly name: string;
  readonly role: ParameterRole;
  readonly shape: readonly number[];
}

/** What a layer gathers from the batches beside what it learns, as running statistics: no gradient moves it, and it does not decay. */
export interface TrackedArray {
  /** `norm1.running_mean`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Each of its numbers at step 0. */
  readonly start: number;
}

/** A layer in its place: the maps before and after it, per example. */
export interface PlacedLayer<L extends Layer = Layer> {
  readonly layer: L;
  readonly input: MapShape;
  readonly output: MapShape;
  readonly parameters: readonly Parameter[];
  readonly tracked: readonly TrackedArray[];
}

/** What a layer's forward pass may ask for. */
export interface ForwardContext {
  /** The current value of a parameter of this layer. */
  read(role: ParameterRole): Value;
  /** [batch, units] of 0 and 1/(1 − p), drawn anew at every step; absent in test mode. */
  readonly dropoutMask?: ((units: number) => Value) | undefined;
}

/** Gradients of a layer: with respect to its input (absent where nobody needs it) and to its parameters, by role. */
export interface LayerGradients {
  readonly input?: Value | undefined;
  readonly parameters: ReadonlyMap<ParameterRole, Value>;
}

export interface Forward {
  readonly output: Value;
  /** y = Wx + b, before the rectifier: weighted layers only. */
  readonly preActivation?: Value;
  /** Emits the layer's gradient, given ∂E/∂output. */
  backward(gradient: Value, options: { inputNeeded: boolean }): LayerGradients;
}

/** Second moments through a layer at initialisation. */
export interface MomentsForward {
  readonly preActivation?: Moments;
  readonly output: Moments;
}
export interface MomentsBackward {
  readonly preActivation?: Moments;
  readonly input: Moments;
}

/** Everything that is to be known of one kind of layer. A new kind is one file that exports this, and a line in `rules.ts`. */
export interface LayerKind<L extends Layer> {
  /** The map that it gives, or a sentence about what is impossible. */
  shape(layer: L, input: MapShape): { readonly shape: MapShape } | { readonly problem: string };
  parameters(layer: L, input: MapShape): Parameter[];
  /** Only of a layer that keeps running statistics. */
  tracked?(layer: L, input: MapShape): TrackedArray[];
  /** Emits y = f(x). */
  forward(b: Builder, placed: PlacedLayer<L>, x: Value, context: ForwardContext): Forward;
  /**
   * Only of a layer that takes in the whole map. Emits it on every window of a larger map, windows of the size of
   * `placed.input` one pixel apart: [batch, rows, columns, numbers of its output] (paper, section 5).
   */
  overWindows?(b: Builder, placed: PlacedLayer<L>, x: Value, context: ForwardContext): Value;
  /** E[x²] of every position of the map after the layer, from those before it (`weightVariance`: of weighted layers). */
  propagate(placed: PlacedLayer<L>, moments: Moments, weightVariance: number): MomentsForward;
  /** E[δ²] of every position of the map before the layer, from those after it. */
  backpropagate(placed: PlacedLayer<L>, moments: Moments, weightVariance: number): MomentsBackward;
}

/** The gradients of a layer without parameters. */
export const noParameters: ReadonlyMap<ParameterRole, Value> = new Map();
