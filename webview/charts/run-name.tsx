/** A run's name where there is little room: names of one series differ at their ends, so the middle gives way. */
import type { VNode } from 'preact';

/** Names up to this length are left whole; of longer ones the last letters always show. */
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
