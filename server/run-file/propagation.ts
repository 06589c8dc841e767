import type { Network } from '../domain/network/network.ts';
import { type Passes, passesOf } from '../domain/propagation/passes.ts';
import { type Propagation, propagate } from '../domain/propagation/propagate.ts';

/** How many networks are cached: a few open files, and the text before a keystroke. */
const remembered = 8;

const known = new Map<string, Passes>();

/**
 * Predict a network's propagation. Most keystrokes in a run file do not change the network (a comment, the section
 * `train`): the cached passes through its maps are reused.
 */
export function predict(network: Network): Propagation {
  // Names and places of layers do not matter; the positions of its inputs say what a layer takes.
  const ignored = new Set(['name', 'source', 'initSource']);
  const layers = network.layers.map(({ layer: { inputs: _, ...layer }, inputs }) => [inputs, layer]);
  const key = JSON.stringify([network.input, layers], (name, value: unknown) =>
    ignored.has(name) ? undefined : value,
  );
  const passes = known.get(key) ?? passesOf(network);
  // A map keeps the order in which its keys were set: the first is the least recently used.
  known.delete(key);
  known.set(key, passes);
  const [oldest] = known.keys();
  if (known.size > remembered && oldest !== undefined) known.delete(oldest);
  return propagate(network, passes);
}
