/** The row in place of the middle of a long table of classes. */
import type { VNode } from 'preact';

/** Of a longer table only both ends are shown: exports have all rows. */
export const MOST_ROWS = 100;

export const LeftOut = ({ count, columns }: { count: number; columns: number }): VNode => (
  <tr class="left-out">
    <td colSpan={columns}>… {count} more classes; an export as CSV has all</td>
  </tr>
);
