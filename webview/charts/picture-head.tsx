/** Above the heat map or table of a run's layers: the run, what is under the pointer, and a link to the chosen layer's line. */
import type { ComponentChildren, VNode } from 'preact';
import { Icon } from '../icons.tsx';
import { usePanel } from '../panels/context.ts';
import type { ChosenRun } from './chosen-run.ts';
import { RunName } from './run-name.tsx';
import { Swatch } from './swatch.tsx';

export function PictureHead({ run, children }: { run: ChosenRun; children?: ComponentChildren }): VNode {
  const { store, isBrowser } = usePanel();
  const go = isBrowser ? 'Show' : 'Go to';
  const { layers } = run.data.probes;
  const chosen = store.view.value.layer;
  const layer = chosen !== null && layers.includes(chosen) ? chosen : layers[0];
  return (
    <div class="picture-head">
      <Swatch look={run.look} />
      <RunName name={run.name} />
      {layer !== undefined && (
        <button
          type="button"
          class="text-button"
          title={`${go} the line of ${layer} in the run file`}
          aria-label={`${go} the line of ${layer} in ${run.name}`}
          onClick={() => store.post({ type: 'revealLayer', run: run.run, layer })}
        >
          <Icon name="goto" /> {layer}
        </button>
      )}
      <span class="where">{children}</span>
    </div>
  );
}
