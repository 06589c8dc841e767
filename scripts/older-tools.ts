/** The rules of the tools before us, as far as what a run records can feed them, with their own numbers. */

interface Layer {
  readonly gradient_norm: number | string;
  readonly weight_norm: number | string;
  readonly update_ratio: number | string;
  readonly dead_fraction: number | string;
}
type Event = { readonly event: string } & Record<string, unknown>;

/** The events of one run, as `train --json` prints them. */
export interface Trace {
  readonly events: readonly Event[];
}

interface Tool {
  readonly name: string;
  /** Whether any of its rules fires on the run. */
  fires(trace: Trace): boolean;
}

const steps = ({ events }: Trace) => events.filter(({ event }) => event === 'step');
const probes = ({ events }: Trace) =>
  events.filter(({ event }) => event === 'probe').map(({ layers }) => layers as Layer[]);
const evaluations = ({ events }: Trace) => events.filter(({ event }) => event === 'evaluation');
const notFinite = (trace: Trace) => steps(trace).some(({ loss }) => !Number.isFinite(Number(loss)));
const norm = ({ gradient_norm }: Layer) => Number(gradient_norm);

/**
 * SageMaker Debugger, defaults: VanishingGradient (mean |g| < 1e-7; a norm over at most 1e4 weights is taken as 100 means),
 * ExplodingTensor (not finite), DeadRelu (> 50 % of a layer), WeightUpdateRatio (> 10 or < 1e-8), LossNotDecreasing (less than
 * 0.1 % in 10 steps), Overfit (validation 10 % above training).
 */
const sagemaker: Tool = {
  name: 'SageMaker Debugger, built-in rules',
  fires(trace) {
    const losses = steps(trace).map(({ loss }) => Number(loss));
    const flat = losses.some((loss, i) => i >= 10 && loss > (losses[i - 10] ?? Infinity) * 0.999);
    return (
      notFinite(trace) ||
      flat ||
      probes(trace).some((layers) =>
        layers.some(
          (layer) =>
            norm(layer) / 100 < 1e-7 ||
            Number(layer.dead_fraction) > 0.5 ||
            Number(layer.update_ratio) > 10 ||
            Number(layer.update_ratio) < 1e-8,
        ),
      ) ||
      evaluations(trace).some(({ loss, train_loss }) => (Number(loss) - Number(train_loss)) / Number(train_loss) > 0.1)
    );
  },
};

/** AUTOTRAINER: first/last gradient < 1e-3 with the first < 1e-4; > 70; ≥ 70 % dead; loss ≥ 1e3 or not finite. */
const autotrainer: Tool = {
  name: 'AUTOTRAINER (ICSE 2021)',
  fires(trace) {
    return (
      notFinite(trace) ||
      steps(trace).some(({ loss }) => Number(loss) >= 1e3) ||
      probes(trace).some((layers) => {
        const [first, last] = [layers[0], layers.at(-1)].map((layer) => (layer ? norm(layer) : Number.NaN));
        const ratio = (first ?? 0) / (last ?? 1);
        return (
          (ratio < 1e-3 && (first ?? 1) < 1e-4) ||
          ratio > 70 ||
          layers.some(({ dead_fraction }) => Number(dead_fraction) >= 0.7)
        );
      })
    );
  },
};

/** DeepDiagnosis: mean |g| < 1e-7, ≥ 70 % zeros in a layer, η‖g‖/‖w‖ outside 1e-5 … 1e-1, loss not finite. */
const deepDiagnosis: Tool = {
  name: 'DeepDiagnosis (ICSE 2022)',
  fires(trace) {
    const rates = new Map(steps(trace).map(({ step, learning_rate }) => [step, Number(learning_rate)]));
    return (
      notFinite(trace) ||
      trace.events.some(({ event, step, layers }) => {
        if (event !== 'probe') return false;
        const rate = rates.get(step) ?? Number.NaN;
        return (layers as Layer[]).some((layer) => {
          const moved = (rate * norm(layer)) / Number(layer.weight_norm);
          return norm(layer) / 100 < 1e-7 || Number(layer.dead_fraction) >= 0.7 || moved < 1e-5 || moved > 0.1;
        });
      })
    );
  },
};

export const OLDER_TOOLS: readonly Tool[] = [sagemaker, autotrainer, deepDiagnosis];
