/** A run's name as part of a file name on every system: letters, digits and `.`, `_`, `-`; at most 80 of them. */
export function safeName(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+|[.-]+$/g, '');
  return [...safe].slice(0, 80).join('') || 'run';
}
