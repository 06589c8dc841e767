/** A run's name in little space: names of one series differ at their ends, so the middle is shortened. */
import type { VNode } from 'preact';

/** Names up to this length are shown in full; of longer ones the last letters are always visible. */
const WHOLE = 8;
const END = 7;

export function RunName({ name }: { name: string }): VNode {
  if (name.length <= WHOLE) return <span class="name">{name}</span>;
  return (
    <span class="name" title={name}>
      <span class="name-begin">{name.slice(0, -END)}</span>
      <span class="name-end">{name.slice(-END)}</span>
    </span>
  );
}
