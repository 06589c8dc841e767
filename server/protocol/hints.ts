/** What the language server tells of its hints beyond what an editor shows. */

/** `data` of a hint that is a prediction: who knows what was measured may leave it out. */
export const PREDICTED = 'predicted';
