/** Help on mouse and keyboard in the charts. */
import type { VNode } from 'preact';

const MOUSE: readonly (readonly [what: string, does: string])[] = [
  ['Drag', 'zoom all charts to this range'],
  ['Ctrl and wheel, pinch', 'zoom at the pointer; on the y axis along y'],
  ['Shift and drag', 'pan'],
  ['Double-click', 'reset the zoom'],
  ['Click a heat map', 'select the layer, compare the step over depth'],
];

const KEYS: readonly (readonly [what: string, does: string])[] = [
  ['← →', 'move the cursor to the next point; with Shift farther'],
  ['↑ ↓', 'in a heat map: the next layer'],
  ['Home, End', 'first and last point in view'],
  ['+ −', 'zoom at the cursor'],
  ['0, Escape', 'reset the zoom'],
  ['Enter', 'select the layer'],
];

export function Help(): VNode {
  return (
    <>
      <button
        type="button"
        class="icon-button"
        popovertarget="help"
        aria-label="Mouse and keyboard in the charts"
        title="Mouse and keyboard in the charts"
      >
        ?
      </button>
      <div id="help" class="help" popover="auto" role="dialog" aria-label="Mouse and keyboard in the charts">
        <HelpTable title="Mouse" rows={MOUSE} />
        <HelpTable title="Keyboard, in a chart that has the focus" rows={KEYS} />
      </div>
    </>
  );
}

function HelpTable({ title, rows }: { title: string; rows: typeof MOUSE }): VNode {
  return (
    <>
      <h3>{title}</h3>
      <dl>
        {rows.map(([what, does]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
