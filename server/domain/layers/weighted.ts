/** What convolutions and dense layers share: y = Wx + b, then the rectifier; and its second moments. */
import type { WeightedLayer } from '../config.ts';
import { type Moments, scaleMoments } from '../moments/moments.ts';
import { mapCorrelations } from '../moments/pairs.ts';
import type { Builder } from '../program/builder.ts';
import type { Value } from '../program/operation.ts';
import * as op from '../program/operations.ts';
import type { ForwardContext, Parameter, ParameterRole } from './layer-kind.ts';
import { momentFactor, rectifiedCorrelation, rectify } from './rectifier.ts';

/** Weights, bias and slope of a weighted layer, in this order. */
export function weightedParameters(layer: WeightedLayer, weights: readonly number[]): Parameter[] {
  const units = weights.at(-1) ?? 1;
  const parameters: Parameter[] = [{ name: `${layer.name}.weight`, role: 'weight', shape: weights }];
  if (layer.bias) parameters.push({ name: `${layer.name}.bias`, role: 'bias', shape: [units] });
  if (layer.activation.kind === 'prelu') {
    const slopes = layer.activation.share === 'channel' ? units : 1;
    parameters.push({ name: `${layer.name}.slope`, role: 'slope', shape: [slopes] });
  }
  return parameters;
}

/** Adds the bias and rectifies; `backward` gives ∂E/∂y and the gradients of bias and slope. */
export function activate(
  b: Builder,
  product: Value,
  { layer, context }: { layer: WeightedLayer; context: ForwardContext },
) {
  const y = layer.bias ? op.biasAdd(b, product, context.read('bias')) : product;
  const { activation } = layer;
  const rectified = rectify(
    b,
    y,
    activation.kind === 'prelu' ? { activation, slope: context.read('slope') } : { activation },
  );
  return {
    preActivation: y,
    output: rectified.output,
    backward(gradient: Value) {
      const { input, slope } = rectified.backward(gradient);
      const parameters = new Map<ParameterRole, Value>();
      if (layer.bias) parameters.set('bias', op.biasAddGrad(b, input));
      if (slope) parameters.set('slope', slope);
      return { gradient: input, parameters };
    },
  };
}

/** Second moments after the rectifier: exact, since y is symmetric over the weights. */
export function rectifyMoments(layer: WeightedLayer, y: Moments): Moments {
  const correlated = rectifiedCorrelation(layer.activation);
  const rectified = scaleMoments(y, momentFactor(layer.activation), correlated(y.correlation));
  return y.pairs ? { ...rectified, pairs: mapCorrelations(y.pairs, correlated) } : rectified;
}
