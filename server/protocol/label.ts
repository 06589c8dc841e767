/** Names of runs and tags: one line of a table, a chart and a terminal. */

/** At most 200 characters, and no line break, escape or other control character, which a terminal would obey. */
export const labelPattern = /^\P{Cc}{1,200}$/u;

/** What is wrong with a name or a tag, as the end of a sentence; undefined if nothing is. */
export function labelProblem(text: string): string | undefined {
  if (text.trim() === '') return 'must not be empty';
  if (labelPattern.test(text)) return undefined;
  return [...text].length > 200 ? 'has at most 200 characters' : 'has no line breaks or other control characters';
}
