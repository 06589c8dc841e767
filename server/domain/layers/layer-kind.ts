import type { z } from 'zod';
import type { Layer, MapShape, WeightedLayer } from '../config.ts';
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

/** A layer's running statistics of the batches: they have no gradient, and do not decay. */
export interface TrackedArray {
  /** `norm1.running_mean`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Each of its numbers at step 0. */
  readonly start: number;
}

/** A placed layer: the maps before and after it, per example. */
export interface PlacedLayer<L extends Layer = Layer> {
  readonly layer: L;
  /** The layers whose outputs it takes, by their position in the network; −1: the images. */
  readonly inputs: readonly number[];
  /** Its input map; of several inputs, the first. */
  readonly input: MapShape;
  readonly output: MapShape;
  readonly parameters: readonly Parameter[];
  readonly tracked: readonly TrackedArray[];
}

/** At least one: every layer has an input. */
export type Inputs<T> = readonly [T, ...T[]];

/** The output map of a layer, or why it is impossible (a sentence for the user). */
export type ShapeResult = { readonly shape: MapShape } | { readonly problem: string };

/** What a layer's forward pass may use. */
export interface ForwardContext {
  /** The current value of a parameter of this layer. */
  read(role: ParameterRole): Value;
  /** [batch, units] of 0 and 1/(1 − p), drawn at every step; absent in test mode. */
  readonly dropoutMask?: ((units: number) => Value) | undefined;
}

/** Gradients of a layer with respect to its inputs (none if they are not needed) and to its parameters, by role. */
export interface LayerGradients {
  readonly inputs: readonly Value[];
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
  /** One for each of its inputs. */
  readonly inputs: readonly Moments[];
}

/** How a run file writes an entry of one kind: `conv: {filters: 16, kernel: 3}`. */
export interface WrittenKind {
  readonly description: string;
  /** The settings within the braces, with their documentation. */
  readonly settings: Readonly<Record<string, z.ZodType>>;
  /** More settings, which may be written within the braces or beside the kind. */
  readonly beside: Readonly<Record<string, z.ZodType>>;
  /** The setting of a value without braces: `spp: [3, 2, 1]`. */
  readonly short?: string;
  /** The kind alone, without settings, is a valid entry. */
  readonly alone?: boolean;
  /** The prefix of its layers' names, followed by a number. */
  readonly prefix: string;
  /** An editor's completion after the kind and a colon; `<16>` is a placeholder. */
  readonly snippet?: string;
  /** Its names in other tools. */
  readonly alsoCalled?: readonly string[];
  /** The setting that is reported if the layer does not fit its map. */
  readonly decisive?: string;
}

/** The fields that only layers of this kind have. */
export type OwnFields<L extends Layer = Layer> = Omit<L, keyof WeightedLayer>;

/** Everything about one kind of layer. A new kind is one file that exports this, and a line in `kinds.ts`. */
export interface LayerKind<L extends Layer> {
  readonly type: string;
  /** Absent: no entry of a run file makes it directly. */
  readonly written?: WrittenKind;
  /** The layer's own fields from its settings, which the schema has checked; defaults filled in. */
  read(settings: object): OwnFields<L>;
  /** Its output map, or a sentence about why it is impossible. */
  shape(layer: L, inputs: Inputs<MapShape>): ShapeResult;
  parameters(layer: L, input: MapShape): Parameter[];
  /** Only for a layer that keeps running statistics. */
  tracked?(layer: L, input: MapShape): TrackedArray[];
  /** Emits y = f(x). */
  forward(b: Builder, placed: PlacedLayer<L>, inputs: Inputs<Value>, context: ForwardContext): Forward;
  /** E[x²] of every position of the map after the layer, from those before it (`weightVariance`: of weighted layers). */
  propagate(placed: PlacedLayer<L>, inputs: Inputs<Moments>, weightVariance: number): MomentsForward;
  /** E[δ²] of every position of the maps before the layer, from those after it. */
  backpropagate(placed: PlacedLayer<L>, moments: Moments, weightVariance: number): MomentsBackward;

  /** Of a weighted layer: fan-in n = k²c and fan-out n̂ = k²d (paper, section 2.2). */
  fans?(placed: PlacedLayer<L>): { fanIn: number; fanOut: number };
  /** Of a weighted layer: the setting with its number of outputs. */
  readonly outputs?: string;
  /** Accepts a vector [batch, units] as well as a map. */
  readonly takesVectors?: boolean;
  /** Its second moments depend on how alike the positions of its map are. */
  readonly comparesPositions?: boolean;
  /** The mask that is drawn for it at every step, if it drops units. */
  dropout?(placed: PlacedLayer<L>): { readonly units: number; readonly rate: number } | undefined;
  /** Whether it needs the whole batch, while others compute on parts of it. */
  ofWholeBatch?(placed: PlacedLayer<L>, examples: number): boolean;
  /**
   * Only of a layer that takes in the whole map. Emits it on every window of a larger map, windows of the size of
   * `placed.input` one pixel apart: [batch, rows, columns, numbers of its output] (paper, section 5).
   */
  overWindows?(b: Builder, placed: PlacedLayer<L>, x: Value, context: ForwardContext): Value;
}

/** An entry that holds entries: a branch and its shortcut. */
export interface CompositeKind {
  readonly type: string;
  readonly written: WrittenKind;
  /** The setting that lists the entries of its branch. */
  readonly branch: string;
  /** The shortcut and the sum of both, given its settings and the fields of the branch's layers. */
  join(settings: object, branch: readonly BranchLayer[]): Joined;
}

/** A layer of a branch: its kind and its fields. */
export interface BranchLayer {
  readonly type: string;
  readonly own: object;
}

/** `shortcut`: entries as a run file writes them, none for the identity; `sum`: the fields of the `sum` of both. */
export interface Joined {
  readonly shortcut: readonly object[];
  readonly sum: object;
}

/** The gradients of a layer without parameters. */
export const noParameters: ReadonlyMap<ParameterRole, Value> = new Map();
