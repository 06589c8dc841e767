import { proofText } from '../figures/proof-text.ts';
import type { ProofEvent } from '../protocol/events.ts';

/** One line a proof for `show`: the fix, the two runs, the verdict. */
export const proofLine = (proof: ProofEvent): string =>
  `proof of ${proof.fixes.map(({ rule, title }) => `${rule} (${title})`).join(', ')} by ${proof.fixed}: ${proofText(proof)}`;
