/**
 * Signal propagation at initialisation (paper, section 2.2, equations 9 and 13): the predicted standard deviation of every weighted
 * layer's pre-activations, forward, and of the gradient with respect to them, backward. Nothing is run: second moments pass
 * through the layers as maps.
 */
import { weightStd } from '../network/initialization.ts';
import { fans, type Network, weightedLayers } from '../network/network.ts';
import { type Magnitude, magnitude, over, toNumber } from './magnitude.ts';
import { type Passes, passesOf } from './passes.ts';

/** A weighted layer's prediction. Standard deviations are root mean squares over units and positions. */
export interface LayerPropagation {
  readonly name: string;
  readonly fanIn: number;
  readonly fanOut: number;
  readonly weightStd: number;
  /** Of the pre-activations, for an input of unit variance. */
  readonly forwardStd: number;
  /** The same under `he` by fan-in, for comparison with what is measured. */
  readonly heForwardStd: number;
  /** Of the gradient with respect to the pre-activations, relative to the last weighted layer's. */
  readonly backwardStd: number;
  /** Factor from the weighted layer before to this one; 1 for the first. */
  readonly forwardGain: number;
  /** Factor from the weighted layer after to this one; 1 for the last. */
  readonly backwardGain: number;
  /**
   * The gradient under this initialisation, relative to `he` by fan-in on the same network and counted from the
   * last hidden layer on; 1 for that one and for the last layer.
   */
  readonly backwardFactor: number;
}

export interface Propagation {
  readonly layers: readonly LayerPropagation[];
  /**
   * The smallest signal over hidden layers under this initialisation (or gradient, counted from the last
   * hidden layer on) relative to `he` by fan-in on the same network: pooling, strides and averaging weaken both on purpose
   * and cancel out. 1 if there is no hidden layer.
   */
  readonly forwardFactor: number;
  readonly backwardFactor: number;
  /** The greatest such ratios: the other side, explosion. */
  readonly forwardExcess: number;
  readonly backwardExcess: number;
}

/** a_i / b_i. */
const ratios = (a: readonly Magnitude[], b: readonly Magnitude[]): Magnitude[] =>
  a.map((own, i) => over(own, b[i] ?? magnitude(1)));

/** Predict the propagation of a network at initialisation, for an input of unit variance. `passes`: if they are known. */
export function propagate(network: Network, { own, he }: Passes = passesOf(network)): Propagation {
  const weighted = weightedLayers(network);
  const left = { forward: ratios(own.forward, he.forward), backward: ratios(own.backward, he.backward) };
  // Hidden layers: what reaches the last of them is what they are counted from; nothing, where the last layer starts at 0.
  const lastHidden = left.backward.at(-2);
  const hidden = {
    forward: left.forward.slice(0, -1).map(toNumber),
    backward:
      lastHidden && lastHidden.value > 0
        ? left.backward.slice(0, -1).map((ratio) => toNumber(over(ratio, lastHidden)))
        : [],
  };
  const gain = (sizes: readonly Magnitude[], i: number, from: number) => {
    const [size, before] = [sizes[i], sizes[from]];
    return size && before ? toNumber(over(size, before)) : 1;
  };
  const number = (size: Magnitude | undefined): number => (size ? toNumber(size) : 0);
  const lastBackward = own.backward.at(-1) ?? magnitude(1);
  return {
    layers: weighted.map((placed, i) => ({
      name: placed.layer.name,
      ...fans(placed),
      weightStd: weightStd(placed),
      forwardStd: number(own.forward[i]),
      heForwardStd: number(he.forward[i]),
      backwardStd: number(over(own.backward[i] ?? magnitude(0), lastBackward)),
      forwardGain: gain(own.forward, i, i - 1),
      backwardGain: gain(own.backward, i, i + 1),
      backwardFactor: hidden.backward[i] ?? 1,
    })),
    forwardFactor: Math.min(1, ...hidden.forward),
    backwardFactor: Math.min(1, ...hidden.backward),
    forwardExcess: Math.max(1, ...hidden.forward),
    backwardExcess: Math.max(1, ...hidden.backward),
  };
}
