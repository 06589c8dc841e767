/**
 * The training step as a value: forward, loss, backward, update and probes of one batch.
 *
 * A batch may be computed in several parallel parts, one per core. Each part is forward and backward of its examples
 * (`emitPart`); the parts' gradients are added in order and the update follows (`emitUpdate`). A backend with one graph
 * writes all of it as one program (`stepProgram`); one with a session per core writes only the part (`partProgram`), and
 * updates the parameters in their memory.
 */
import { isWeighted, type UpdateConfig } from '../config.ts';
import { kindOf } from '../layers/kinds.ts';
import type { Parameter } from '../layers/layer-kind.ts';
import { type Network, weightedLayers } from '../network/network.ts';
import { stateName } from '../optimizers/optimizer.ts';
import { optimizerOf } from '../optimizers/optimizers.ts';
import { packNumbers } from '../probe/quantities.ts';
import { PART_SUMS } from '../probe/sums.ts';
import { Builder } from '../program/builder.ts';
import type { Program, Value } from '../program/operation.ts';
import * as op from '../program/operations.ts';
import { backward, forward } from './forward.ts';
import { declare, reader, variablesOf } from './variables.ts';

/** Examples of each part of a batch: as equal as possible, the larger ones first. */
export const partSizes = (batch: number, parts: number): number[] =>
  Array.from({ length: parts }, (_, i) => Math.floor(batch / parts) + (i < batch % parts ? 1 : 0));

/** Statistics of a weighted layer's pre-activations y in one part, to be combined with the other parts'. */
interface Statistics {
  readonly sum: Value;
  /** ½Σy². */
  readonly l2: Value;
  /** Σy and √Σy² of the first example: their squares may overflow or underflow although the norm does not. */
  readonly firstSum: Value;
  readonly firstNorm: Value;
  /** Largest y of each unit over examples and positions, [channels]; ReLU only. */
  readonly largest?: Value;
}

interface Part {
  /** Sum of the part's losses over the size of the whole batch. */
  readonly loss: Value;
  readonly logits: Value;
  readonly gradients: ReadonlyMap<string, Value>;
  readonly statistics: readonly Statistics[];
}

interface PartInputs {
  readonly images: Value;
  readonly labels: Value;
  readonly dropoutMask: (layer: string, units: number) => Value;
  readonly read: (name: string) => Value;
}

/** Emits forward and backward of one part of a batch of `batch` examples. */
function emitPart(b: Builder, network: Network, { batch, ...inputs }: PartInputs & { batch: number }): Part {
  const pass = forward(b, network, inputs);
  const { loss, gradient } = op.softmaxCrossEntropy(b, pass.logits, inputs.labels);
  const share = b.constant(1 / batch);
  const gradients = backward(b, pass, op.multiply(b, gradient, share));
  const statistics = pass.layers.flatMap(({ placed, forward: { preActivation: y } }): Statistics[] => {
    if (!y) return [];
    const first = op.slice(b, y, { begin: y.shape.map(() => 0), size: [1, ...y.shape.slice(1)] });
    const sums = { sum: op.sum(b, y), l2: op.l2Loss(b, y), firstSum: op.sum(b, first), firstNorm: op.norm(b, first) };
    const allButUnits = y.shape.map((_, axis) => axis).slice(0, -1);
    const rectified = isWeighted(placed.layer) && placed.layer.activation.kind === 'relu';
    return [rectified ? { ...sums, largest: op.max(b, y, allButUnits) } : sums];
  });
  return { loss: op.multiply(b, op.sum(b, loss), share), logits: pass.logits, gradients, statistics };
}

/**
 * The decay λ of a parameter. Weights only: it would push a slope to 0, that is to ReLU (paper, below equation 4), and biases need
 * none.
 */
export const decayOf = ({ role }: Pick<Parameter, 'role'>, weightDecay: number): number =>
  role === 'weight' ? weightDecay : 0;

interface UpdateInputs {
  readonly parts: readonly Part[];
  /** The optimiser's inputs, by name. */
  readonly scalars: ReadonlyMap<string, Value>;
  readonly train: UpdateConfig;
}

/** Emits the update of every parameter, and the norms and statistics of a probe. */
function emitUpdate(b: Builder, network: Network, { parts, scalars, train }: UpdateInputs): void {
  const optimizer = optimizerOf(train.optimizer);
  const variables = declare(b, variablesOf(network, optimizer));
  const emitUpdateOf = optimizer.emitter(b, (name) => needed(scalars, name));
  const all = <T>(pick: (part: Part) => T) => parts.map(pick);

  const updates = network.parameters.map((parameter: Parameter) => {
    const { name } = parameter;
    const variable = needed(variables, name);
    const states = optimizer.states.map((state) => needed(variables, stateName(state, name)));
    const gradient = op.addAll(
      b,
      all((part) => needed(part.gradients, name)),
    );
    const weights = b.read(variable);
    const decay = decayOf(parameter, train.weightDecay);
    const update = emitUpdateOf({ variable, states, before: weights, gradient, decay });
    return { parameter, gradient, weights, update };
  });
  const effects = updates.map(({ update }) => update.effect);

  const numbers = weightedLayers(network).flatMap(({ layer }, i) => {
    const own = (role: string) => updates.find(({ parameter }) => parameter.name === `${layer.name}.${role}`);
    const weights = own('weight');
    if (!weights) throw new Error(`${layer.name} has no weights`);
    const slope = own('slope');
    const sums = all((part) => needed(part.statistics, i));
    const dead = sums.map(({ largest }) => largest).filter((value) => value !== undefined);
    return packNumbers({
      gradientNorm: op.norm(b, weights.gradient),
      weightNorm: op.norm(b, weights.weights),
      updateNorm: op.norm(b, weights.update.change()),
      sum: op.addAll(
        b,
        sums.map(({ sum }) => sum),
      ),
      l2: op.addAll(
        b,
        sums.map(({ l2 }) => l2),
      ),
      firstSum: needed(sums, 0).firstSum,
      firstNorm: needed(sums, 0).firstNorm,
      deadFraction:
        dead.length > 0
          ? op.mean(
              b,
              op.isAtMost(
                b,
                dead.reduce((x, y) => op.maximum(b, x, y)),
                0,
              ),
            )
          : b.constant(0),
      slopeMean: slope ? op.mean(b, slope.weights) : b.constant(0),
    });
  });
  b.fetch(
    'loss',
    op.addAll(
      b,
      all((part) => part.loss),
    ),
    effects,
  );
  b.fetch(
    'logits',
    op.concat(
      b,
      all((part) => part.logits),
      0,
    ),
  );
  if (numbers.length > 0) b.fetch('probe', op.pack(b, numbers), effects);
}

function needed<T>(from: ReadonlyMap<string, T> | readonly T[], key: string | number): T {
  const value = from instanceof Map ? from.get(key as string) : (from as readonly T[])[key as number];
  if (value === undefined) throw new Error(`nothing for ${key}`);
  return value;
}

interface StepOptions {
  readonly network: Network;
  readonly batch: number;
  readonly parts: number;
  readonly train: UpdateConfig;
}

/** The dropout layers of a network, their units and rate: one mask [batch, units] each is fed at every step. */
export const dropoutLayers = (network: Network): { name: string; units: number; rate: number }[] =>
  network.layers.flatMap((placed) => {
    const dropped = kindOf(placed.layer).dropout?.(placed);
    return dropped ? [{ name: placed.layer.name, ...dropped }] : [];
  });

/** For each part of a batch, a function that slices its examples from a value with the whole batch as first axis. */
function split(b: Builder, batch: number, parts: number): ((whole: Value) => Value)[] {
  let next = 0;
  return partSizes(batch, parts).map((examples) => {
    const begin = next;
    next += examples;
    return (whole) => {
      const rest = whole.shape.slice(1);
      if (examples === batch) return whole;
      return op.slice(b, whole, { begin: [begin, ...rest.map(() => 0)], size: [examples, ...rest] });
    };
  });
}

/**
 * The whole step as one program. Inputs: `images`, `labels`, the optimiser's scalars, `dropout/<layer>`. Fetches: `loss` (with it
 * the update happens) and `logits` of the batch; `probe`, [weighted layers × PROBE_FIELDS]. With it, over the same variables,
 * the forward pass in test mode of `batch` examples: `evaluation_images`, `evaluation_logits`.
 */
export function stepProgram({ network, batch, parts, train }: StepOptions): Program {
  const b = new Builder();
  const read = reader(b, network);
  const images = b.input('images', [batch, ...network.input]);
  const labels = b.input('labels', [batch], 'int32');
  const { inputs } = optimizerOf(train.optimizer);
  const scalars = new Map(Object.keys(inputs).map((name) => [name, b.input(name, [])]));
  const masks = new Map(
    dropoutLayers(network).map(({ name, units }) => [name, b.input(`dropout/${name}`, [batch, units])]),
  );
  const emitted = split(b, batch, parts).map((cut, part) => {
    const [own, ownLabels] = [cut(images), cut(labels)];
    return b.within(part, () =>
      emitPart(b, network, {
        batch,
        images: own,
        labels: ownLabels,
        dropoutMask: (layer) => b.within(undefined, () => cut(needed(masks, layer))),
        read: (name) => b.within(undefined, () => read(name)),
      }),
    );
  });
  emitUpdate(b, network, { parts: emitted, scalars, train });
  emitEvaluation(b, network, { examples: batch, parts });
  return b.program();
}

/** The name of a parameter's gradient in a part's program. */
export const gradientName = (parameter: string) => `gradient/${parameter}`;
/** The name of a layer's statistics there: `PART_SUMS` and, of a ReLU, the largest pre-activation of each unit. */
export const statisticsName = (layer: string) => `statistics/${layer}`;

/**
 * Forward and backward of one part alone. Inputs as of `stepProgram`, for `examples` of the batch. Fetches: `loss`,
 * `logits`, `gradient/<parameter>` and, [PART_SUMS and units of a ReLU], `statistics/<layer>`.
 */
export function partProgram({
  network,
  batch,
  examples,
}: Omit<StepOptions, 'parts' | 'train'> & { examples: number }): Program {
  const b = new Builder();
  const part = emitPart(b, network, {
    batch,
    images: b.input('images', [examples, ...network.input]),
    labels: b.input('labels', [examples], 'int32'),
    dropoutMask: (layer, units) => b.input(`dropout/${layer}`, [examples, units]),
    read: reader(b, network),
  });
  b.fetch('loss', part.loss);
  b.fetch('logits', part.logits);
  for (const { name } of network.parameters) b.fetch(gradientName(name), needed(part.gradients, name));
  weightedLayers(network).forEach(({ layer }, i) => {
    const { largest, ...sums } = needed(part.statistics, i);
    const packed = op.pack(
      b,
      PART_SUMS.map((name) => sums[name]),
    );
    b.fetch(statisticsName(layer.name), op.concat(b, [packed, ...(largest ? [largest] : [])], 0));
  });
  return b.program();
}

/** Emits the forward pass alone, in test mode. Input: `evaluation_images`; fetch: `evaluation_logits`. */
function emitEvaluation(b: Builder, network: Network, { examples, parts }: { examples: number; parts: number }): void {
  const read = reader(b, network);
  const images = b.input('evaluation_images', [examples, ...network.input]);
  const logits = split(b, examples, parts).map((cut, part) => {
    const own = cut(images);
    const readWhole = (name: string) => b.within(undefined, () => read(name));
    return b.within(part, () => forward(b, network, { images: own, read: readWhole }).logits);
  });
  b.fetch('evaluation_logits', op.concat(b, logits, 0));
}

/** Forward alone, as a separate program. */
export function evaluationProgram(network: Network, examples: number): Program {
  const b = new Builder();
  emitEvaluation(b, network, { examples, parts: 1 });
  return b.program();
}
