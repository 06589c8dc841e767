/** A table in place of a chart. */
import type { VNode } from 'preact';
import type { ChartTable } from './table.ts';

export function DataTable({ table, caption }: { table: ChartTable; caption: string }): VNode {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="data-table" tabIndex={0} aria-label={`${caption}, table`}>
      {table.note !== undefined && <p class="note">{table.note}</p>}
      <table>
        <caption class="sr-only">{caption}</caption>
        <thead>
          <tr>
            {table.head.map((title) => (
              <th key={title} scope="col" title={title}>
                <span class="clamped">{title}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row[0]}>
              {row.map((cell, i) =>
                i === 0 ? (
                  <th key={table.head[i]} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={table.head[i]}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
