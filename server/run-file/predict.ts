import type { Network } from '../domain/network/network.ts';
import { type Propagation, propagate } from '../domain/propagation/propagate.ts';

/** How many predictions are remembered: some files open side by side, and the text before a keystroke. */
const remembered = 8;

const known = new Map<string, Propagation>();

/**
 * Predict a network's propagation. Most keystrokes in a run file leave the network as it is (a comment, the section
 * `train`): what is by far the costliest part of a check is then taken from before.
 */
export function predict(network: Network): Propagation {
  // A layer as configured, what is known of its stored weights included, decides everything about it.
  const key = JSON.stringify([network.input, network.layers.map(({ layer }) => layer)]);
  const propagation = known.get(key) ?? propagate(network);
  // A map keeps the order in which its keys were set: the first is the one that was not asked for longest.
  known.delete(key);
  known.set(key, propagation);
  const [oldest] = known.keys();
  if (known.size > remembered && oldest !== undefined) known.delete(oldest);
  return propagation;
}
