/** What the rules about the configuration share: when they speak, and where in the run file a layer's setting is changed. */
import type { Layer } from '../config.ts';
import type { PlacedWeightedLayer } from '../network/network.ts';
import { inRunFile, type Origin, originKey, pathOf } from '../origin.ts';
import type { FileChange, LiveTest, ProposedFix, Rule } from './rule.ts';

/** A configuration is as wrong when the run starts as it was before: the run reports it, and what follows from it stands beneath. */
export const atStart = (predict: NonNullable<Rule['predict']>): LiveTest => ({
  judges: 'start',
  persistence: 1,
  judge: (_observation, _history, context) => predict(context),
});

/** Where a setting of a layer is written; of a layer that no run file made, where that came from. */
export function settingAt({ origin, type }: Layer, key: string): Origin {
  const path = pathOf(origin, type, key);
  return path ? inRunFile(...path) : origin;
}

/** Whether a layer has an entry of its own in the run file. */
export const isWritten = ({ origin }: Layer): boolean => pathOf(origin)?.[1] === 'layers';

/** Each place once: layers of a `repeat` share an entry. */
export const distinct = (changes: readonly FileChange[]): FileChange[] => [
  ...new Map(changes.map((change) => [originKey(change.at), change])).values(),
];

/**
 * Draw the weights of these layers instead of taking them from a file: what is said of them shows that nothing was learnt in
 * them. Where it is said of every layer that the file is for (`all`), it is not read any more.
 */
export function drawAnew(faulty: readonly PlacedWeightedLayer[], all: readonly PlacedWeightedLayer[]): ProposedFix {
  const whole = faulty.length === all.length;
  const changes = faulty.map(({ layer }): FileChange => {
    const isOwn = (pathOf(layer.initOrigin)?.length ?? 0) > 2;
    const at = whole || isOwn ? layer.initOrigin : settingAt(layer, 'init');
    return { kind: 'set', at, value: 'he' };
  });
  const title = whole
    ? 'Draw the weights instead of taking them from the file: init: he'
    : 'Draw the weights of these layers instead of taking them from the file: init: he';
  return { title, changes: distinct(changes) };
}
