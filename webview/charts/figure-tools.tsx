/** The three buttons of every chart: as a table, as CSV, as SVG. */
import type { VNode } from 'preact';
import { fileName } from '../../server/figures/file-name.ts';
import { Icon } from '../icons.tsx';
import { usePanel } from '../panels/context.ts';

export interface FigureToolsProps {
  /** Unique among the charts. */
  id: string;
  title: string;
  csv: () => string;
  svg: () => string;
}

export function FigureTools({ id, title, csv, svg }: FigureToolsProps): VNode {
  const { store } = usePanel();
  const tables = store.view.value.tables;
  const shown = tables.includes(id);
  const toggle = (): void => store.set({ tables: shown ? tables.filter((other) => other !== id) : [...tables, id] });
  const save = (ending: 'csv' | 'svg', mime: 'text/csv' | 'image/svg+xml', text: string): void =>
    store.post({ type: 'save', name: `${fileName(title)}.${ending}`, mime, text });
  return (
    <span class="tools">
      <button
        type="button"
        class="icon-button"
        aria-pressed={shown}
        aria-label={`${title} as a table`}
        title={shown ? 'Show the chart' : 'Show as a table'}
        onClick={toggle}
      >
        <Icon name={shown ? 'chart' : 'table'} />
      </button>
      <button
        type="button"
        class="text-button"
        aria-label={`Save ${title} as CSV`}
        title="Save all numbers as CSV"
        onClick={() => save('csv', 'text/csv', csv())}
      >
        CSV
      </button>
      <button
        type="button"
        class="text-button"
        aria-label={`Save ${title} as SVG`}
        title="Save the picture as SVG"
        onClick={() => save('svg', 'image/svg+xml', svg())}
      >
        SVG
      </button>
    </span>
  );
}
