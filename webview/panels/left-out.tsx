/** The row that stands for the middle of a long table of classes. */
import type { VNode } from 'preact';

/** More rows than this are shown by their ends only: exports have them all. */
export const MOST_ROWS = 100;

export const LeftOut = ({ count, columns }: { count: number; columns: number }): VNode => (
  <tr class="left-out">
    <td colSpan={columns}>… {count} more classes; an export as CSV has all</td>
  </tr>
);
