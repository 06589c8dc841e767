import { distance } from 'fastest-levenshtein';
import { layerKinds } from '../domain/layers/kinds.ts';

/** Words of other tools, and ours for them. */
const otherNames: Readonly<Record<string, string>> = {
  lr: 'learning_rate',
  eta: 'learning_rate',
  decay: 'weight_decay',
  l2: 'weight_decay',
  wd: 'weight_decay',
  batch: 'batch_size',
  dataset: 'source',
  path: 'source',
  initializer: 'init',
  initialization: 'init',
  nonlinearity: 'activation',
  kaiming: 'he',
  glorot: 'xavier',
  normal: 'gaussian',
  linear: 'none',
  identity: 'none',
  channels: 'filters',
  out_channels: 'filters',
  kernel_size: 'kernel',
  strides: 'stride',
  neurons: 'units',
  std: 'gaussian',
  milestones: 'at',
  gamma: 'factor',
  yes: 'true',
  on: 'true',
  no: 'false',
  off: 'false',
  ...Object.fromEntries(
    layerKinds.flatMap(({ type, written }) => written?.alsoCalled?.map((name) => [name, type]) ?? []),
  ),
};

/** Whether one word is a prefix of the other, as `gauss` of `gaussian`. */
const begins = (word: string, candidate: string): boolean =>
  word.length >= 3 && (candidate.startsWith(word) || word.startsWith(candidate)) && candidate.length >= 3;

/** Longer words are not compared: no key is that long, and the comparison takes time. */
const longestCompared = 64;

/**
 * The valid word that was most likely meant: another tool's name for it, or the one with the least edit distance of at
 * most a third of the longer word (at least 2). Case, `-` and `_` do not count. Undefined if none is near.
 */
export function nearest(word: string, valid: readonly string[]): string | undefined {
  if (word.length > longestCompared) return undefined;
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-\s_]/g, '');
  const other = Object.entries(otherNames).find(([name]) => plain(name) === plain(word))?.[1];
  if (other !== undefined && valid.includes(other)) return other;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of valid) {
    const edits = begins(plain(word), plain(candidate)) ? 1 : distance(plain(word), plain(candidate));
    const limit = Math.max(2, Math.floor(Math.max(word.length, candidate.length) / 3));
    // A short word that shares no letter with the candidate is another word, not a typing error.
    if (edits <= limit && edits < plain(candidate).length && edits < least) {
      best = candidate;
      least = edits;
    }
  }
  return best;
}
