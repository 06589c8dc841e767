/** Data that the language server adds to its hints beyond what an editor shows. */

/** `data` of a hint that is a prediction: a client that has the measurement may omit it. */
export const PREDICTED = 'predicted';
