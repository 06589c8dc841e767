/**
 * Limits of the two rules about explosion. `he` by fan-out, or a narrow first and a wide last layer, give up to 11-fold by
 * themselves and learn well: hence 30, not 10.
 */
import { short } from '../numbers/format.ts';
import { initOrigin, mainInit, remedyOf } from './initialisation.ts';
import type { Diagnosis, StaticContext } from './rule.ts';

export const WARNING_EXCESS = 30;
export const ERROR_EXCESS = 100;
export const EXCESS_SOURCE =
  '36 trainings, initialisation scaled: 14-fold learns worse, 40-fold is not finite; healthy fan-out networks reach 11';

/** What the file alone predicts of signal or gradient. */
export function predictExplosion(
  what: 'signal' | 'gradient',
  { network, propagation }: StaticContext,
): Diagnosis | undefined {
  const factor = what === 'signal' ? propagation.forwardExcess : propagation.backwardExcess;
  if (!(factor > WARNING_EXCESS)) return undefined;
  const layer = (what === 'signal' ? propagation.layers.at(-2) : propagation.layers[0])?.name ?? '';
  const { fix, advice } = remedyOf(network);
  return {
    severity: factor > ERROR_EXCESS ? 'error' : 'warning',
    layer,
    origin: initOrigin(network, layer),
    message: `The ${what} will explode: \`init: ${mainInit(network)}\` makes it ${short(factor)} times what \`he\` would give, and more than ${WARNING_EXCESS} times learns badly.${advice}`,
    evidence: { factor },
    threshold: factor > ERROR_EXCESS ? ERROR_EXCESS : WARNING_EXCESS,
    thresholdSource: EXCESS_SOURCE,
    predicted: factor,
    fix,
  };
}
