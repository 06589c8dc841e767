/**
 * Dropout that leaves too little: every layer of it passes on a share 1 − p, and layers behind each other multiply. Many weak
 * ones are common and healthy, so only strong ones count.
 */
import type { Layer } from '../config.ts';
import { kindOf } from '../layers/kinds.ts';
import type { PlacedLayer } from '../layers/layer-kind.ts';
import type { Network } from '../network/network.ts';
import { short } from '../numbers/format.ts';
import { atStart, distinct, isWritten, settingAt } from './configuration.ts';
import type { Diagnosis, ProposedFix, Rule, StaticContext } from './rule.ts';

/** Weaker dropout than this does not count. */
const STRONG = 0.5;
const WARNING_SHARE = 0.1;
const ERROR_SHARE = 0.02;
/** What the fix leaves at least: as three dropouts of 0.5 do. */
const GOOD_SHARE = 0.125;
const SOURCE =
  'small networks that end at 23 to 29 % error with a share of 0.125 or more end at 42 to 67 % with 0.05 to 0.1, and at 73 to 89 % with less';

interface Dropping {
  readonly placed: PlacedLayer;
  readonly rate: number;
  readonly units: number;
}

interface Kept {
  /** Share of the paths that all strong dropouts so far leave. */
  readonly share: number;
  readonly by: readonly Dropping[];
}

const ALL: Kept = { share: 1, by: [] };

/** What is left at the network's end, on the way there that is dropped least. */
function keptAtEnd({ layers }: Network): Kept {
  const kept: Kept[] = [];
  for (const placed of layers) {
    const before = placed.inputs.map((input) => kept[input] ?? ALL).toSorted((a, b) => b.share - a.share)[0] ?? ALL;
    const own = kindOf(placed.layer).dropout?.(placed);
    const isStrong = own !== undefined && own.rate >= STRONG;
    kept.push(isStrong ? { share: before.share * (1 - own.rate), by: [...before.by, { placed, ...own }] } : before);
  }
  return kept.at(-1) ?? ALL;
}

/** Where the rate of a layer's dropout is written. */
const rateAt = (layer: Layer) => settingAt(layer, layer.type === 'dropout' ? 'rate' : 'dropout');

/** The same weaker dropout wherever it is stronger: what is left then is enough. */
function weaken(by: readonly Dropping[]): ProposedFix | undefined {
  const rate = Math.min(STRONG, Math.floor(10 * (1 - GOOD_SHARE ** (1 / by.length)) + 1e-9) / 10);
  const changes = by
    .filter((dropping) => dropping.rate > rate && isWritten(dropping.placed.layer))
    .map(({ placed }) => ({ kind: 'set', at: rateAt(placed.layer), value: String(rate) }) as const);
  return changes.length > 0 ? { title: `Weaken the dropout: ${rate}`, changes: distinct(changes) } : undefined;
}

function predict({ network }: StaticContext): Diagnosis | undefined {
  const { share, by } = keptAtEnd(network);
  // 1 − 0.9 is a little less than 0.1.
  const [worst] = by.toSorted((a, b) => b.rate - a.rate);
  if (share > WARNING_SHARE + 1e-9 || !worst) return undefined;
  const { layer } = worst.placed;
  const units = `${short(worst.units * (1 - worst.rate))} of ${worst.units}`;
  return {
    severity: share <= ERROR_SHARE + 1e-9 ? 'error' : 'warning',
    layer: layer.name,
    origin: rateAt(layer),
    message: `Dropout is too strong: \`${worst.rate}\` leaves ${units} units of ${layer.name}${by.length > 1 ? `, and ${by.length} such layers together leave ${short(100 * share)} % of the paths` : ''}, and networks that learn keep more than ${100 * WARNING_SHARE} %.`,
    evidence: { share, rates: by.map(({ rate }) => rate) },
    threshold: share <= ERROR_SHARE + 1e-9 ? ERROR_SHARE : WARNING_SHARE,
    thresholdSource: SOURCE,
    measured: share,
    fix: weaken(by),
  };
}

export const dropoutTooStrong: Rule = {
  id: 'dropout-too-strong',
  detail:
    'What is left is multiplied by 1/(1 − p), so that its size is right on average, but at every step it is another part: with a tenth of the paths the noise of that choice is nine times the signal. Layers of dropout behind each other multiply. In tests nothing is dropped.',
  notes: {
    quantity:
      'The product of 1 − p over all dropout of 0.5 and more on the way through the network that is dropped least.',
    test: `At most ${WARNING_SHARE}; before training and at the start of a run.`,
    severity: `Warning; error at ${ERROR_SHARE} or less.`,
    fix: `At most 0.5 everywhere, and less where there is so much of it that less than ${GOOD_SHARE} would be left.`,
    source: SOURCE,
    falsePositives:
      'Many layers of weak dropout, as some good networks have them, hence only 0.5 and more; a branch with another path beside it. Very wide layers bear 0.9, and learn later.',
    end: 'Never: the network does not change in a run.',
  },
  predict,
  watch: [atStart(predict)],
};
