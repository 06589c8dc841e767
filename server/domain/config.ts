/**
 * A run's configuration after the run file has been read: every default filled in, every layer of a `repeat` written out.
 * The run file itself (YAML, snake_case) is described in `server/run-file`; this is what the rest of the program sees.
 */
import type { Origin } from './origin.ts';

/** [height, width, channels] of one example's map; a vector of n units is [1, 1, n]. */
export type MapShape = readonly [height: number, width: number, channels: number];

/**
 * A rectifier f(y) = max(0, y) + a·min(0, y) (paper, equation 1). `none` is the linear case, a = 1.
 * `slope` of a PReLU is where the learned coefficient starts.
 */
export type Activation =
  | { readonly kind: 'none' }
  | { readonly kind: 'relu' }
  | { readonly kind: 'leaky_relu'; readonly slope: number }
  | { readonly kind: 'prelu'; readonly share: 'channel' | 'layer'; readonly slope: number };

/** What is known of a layer's weights in a file, once it has been read. */
export interface StoredStart {
  /** Root mean square of the weights. */
  readonly std?: number;
  /** Of the biases, where the file has them. */
  readonly bias?: { readonly mean: number; readonly rms: number };
  /** Whether all units have the same weights, and the same bias. */
  readonly unitsAlike?: boolean;
}

/**
 * How a layer's weights are drawn. `he` and `xavier` by fan-in or fan-out (paper, section 2.2), or taken from a safetensors file
 * (an absolute path).
 * `scale` (absent: 1) is the factor on the standard deviation that all layers share, for an input that is not normalised.
 */
export type Initialization =
  | { readonly kind: 'he' | 'xavier'; readonly mode: 'fan_in' | 'fan_out'; readonly scale?: number }
  | { readonly kind: 'gaussian'; readonly std: number; readonly scale?: number }
  | ({ readonly kind: 'from'; readonly file: string } & StoredStart);

/** The name of the network's input in `inputs`: no layer can have this name. */
export const IMAGES = '@images';

/** A layer of any kind; `layers/` has one file per kind, with its settings. */
export interface Layer {
  /** Unique in the network: `conv1`, `pool1`, `dense1`, … unless the user named it. */
  readonly name: string;
  /** The origin of this layer: an entry of the run file (all layers of a `repeat` share it), a line of a model, a node of a graph. */
  readonly origin: Origin;
  /** Its kind. */
  readonly type: string;
  /** The layers whose outputs it takes, by name, or `IMAGES`; absent: the layer before it, or the images. */
  readonly inputs?: readonly string[];
}

/** A layer with weights: these count for the depth. */
export interface WeightedLayer extends Layer {
  readonly bias: boolean;
  readonly activation: Activation;
  readonly init: Initialization;
  /** Where the initialisation was written: on the entry, on the network, or the entry itself where it is the default. */
  readonly initOrigin: Origin;
}

export const isWeighted = (layer: Layer): layer is WeightedLayer => 'init' in layer;

/** A graph, written as a list: every layer follows its inputs. */
export interface NetworkConfig {
  readonly input: MapShape;
  readonly layers: readonly Layer[];
}

/** Random changes of training images; the paper's section 4. */
export interface AugmentConfig {
  /** Range from which the shorter side is drawn for each image, pixels; from = to: constant. */
  readonly resize?: readonly [from: number, to: number];
  /** Side of the square that is cut out: the network's input. */
  readonly crop?: number;
  /** Half of the images are mirrored. */
  readonly flip: boolean;
  readonly color?: 'pca';
}

/** The name of the bundled images in `data.source`. */
export const BUNDLED = 'fashion-mnist';

export interface DataConfig {
  /** `BUNDLED`, or the absolute path of a folder. */
  readonly source: string;
  readonly limit: { readonly train?: number; readonly val?: number };
  /** Share of train taken for validation if there is no val, 0 ≤ p < 1. */
  readonly validation: number;
  readonly normalize: 'standardize' | 'per_pixel_mean' | 'none';
  readonly shuffle: boolean;
  readonly augment: AugmentConfig;
  /** A larger image is a bad file. */
  readonly maxPixels: number;
  /** The treatment of unusable image files. */
  readonly badFiles: 'refuse' | 'skip';
  /** Memory for decoded images, bytes; changes no result. */
  readonly cacheBytes: number;
}

/** A length of training in any unit; `toSteps` makes steps of it. */
export interface Duration {
  readonly value: number;
  readonly unit: 'steps' | 'epochs';
}

export type Schedule =
  | { readonly kind: 'constant' }
  | { readonly kind: 'step'; readonly at: readonly Duration[]; readonly factor: number }
  | { readonly kind: 'plateau'; readonly factor: number; readonly patience: Duration }
  | { readonly kind: 'warmup'; readonly duration: Duration; readonly next: Schedule };

/** Stochastic gradient descent with momentum μ: the share of the last update that is kept. */
export interface SgdConfig {
  readonly kind: 'sgd';
  readonly momentum: number;
}

/** How gradients update the parameters; the optimisers are in `optimizers/`. */
export type OptimizerConfig = SgdConfig;

export interface TrainConfig {
  readonly batchSize: number;
  readonly length: Duration;
  readonly learningRate: number;
  readonly schedule: Schedule;
  /** Parts that share a batch; absent: one per core, of eight examples or more. */
  readonly replicas?: number;
  /** `host:port` of machines that share a batch; absent: this one. */
  readonly workers?: readonly string[];
  readonly optimizer: OptimizerConfig;
  /** λ of the decay term ½λ‖w‖², on weights only. */
  readonly weightDecay: number;
}

/** The settings of a step's update, beside its rate. */
export type UpdateConfig = Pick<TrainConfig, 'optimizer' | 'weightDecay'>;

/** Crops of a test image whose scores are averaged. */
export type Views = 'center' | 'ten' | 'dense';

export interface EvaluateConfig {
  readonly every: Duration;
  readonly views: Views;
  /** Shorter sides of test images, scores averaged; empty: one, as images are resized in training. */
  readonly scales: readonly number[];
}

export interface DiagnoseConfig {
  readonly probeEvery: Duration;
  readonly stopOn: readonly string[];
  readonly ignore: readonly string[];
}

export interface RunConfig {
  readonly name: string;
  readonly seed: number;
  /** Absent only if a file is read for `check`. */
  readonly data?: DataConfig;
  readonly network: NetworkConfig;
  readonly train: TrainConfig;
  readonly evaluate: EvaluateConfig;
  readonly diagnose: DiagnoseConfig;
}
