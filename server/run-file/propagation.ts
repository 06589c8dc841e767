import type { Network } from '../domain/network/network.ts';
import { hePass, type Pass, type Propagation, propagate } from '../domain/propagation/propagate.ts';

/** How many passes are remembered: some files open side by side, and the text before a keystroke. */
const remembered = 8;

const known = new Map<string, Pass>();

/**
 * Predict a network's propagation. Most keystrokes in a run file leave the network as it is (a comment, the section
 * `train`), and of those that do not, most change how its weights are drawn: the pass through its maps is taken from before.
 */
export function predict(network: Network): Propagation {
  // A pass is of `he`: neither names and places of layers nor their own initialisations make a difference.
  const own = new Set(['init', 'name', 'source']);
  const key = JSON.stringify([network.input, network.layers.map(({ layer }) => layer)], (name, value: unknown) =>
    own.has(name) ? undefined : value,
  );
  const pass = known.get(key) ?? hePass(network);
  // A map keeps the order in which its keys were set: the first is the one that was not asked for longest.
  known.delete(key);
  known.set(key, pass);
  const [oldest] = known.keys();
  if (known.size > remembered && oldest !== undefined) known.delete(oldest);
  return propagate(network, pass);
}
