/** A run's line and marker in miniature. */
import type { VNode } from 'preact';
import type { Marker, RunLook } from '../../server/figures/colors.ts';

const SHAPES: Readonly<Record<Marker, string>> = {
  circle: 'M9 2.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7Z',
  rect: 'M6 3h6v6H6Z',
  triangle: 'M9 2l4 7H5Z',
  rectRot: 'M9 1.5 13.5 6 9 10.5 4.5 6Z',
  crossRot: 'm6 3 6 6m0-6-6 6',
  star: 'M9 2v8M5 6h8M6.2 3.2l5.6 5.6m0-5.6L6.2 8.8',
};

export function Swatch({ look }: { look: RunLook }): VNode {
  return (
    <svg class="swatch" viewBox="0 0 18 12" width="18" height="12" aria-hidden="true">
      <path d="M0 6h18" stroke={look.color} stroke-width="1.5" />
      <path d={SHAPES[look.marker]} fill={look.color} stroke={look.color} stroke-width="1.5" />
    </svg>
  );
}

/** A piece of line with the given dashes, in the colour of the text. */
export function LineSample({ dash, dot }: { dash: readonly number[]; dot?: boolean }): VNode {
  return (
    <svg class="swatch" viewBox="0 0 24 12" width="24" height="12" aria-hidden="true">
      <path d="M0 6h24" stroke="currentColor" stroke-width="1.5" stroke-dasharray={dash.join(' ')} />
      {dot === true && <circle cx="12" cy="6" r="2.5" fill="currentColor" />}
    </svg>
  );
}
