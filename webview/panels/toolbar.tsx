/** View of all charts: x axis, scale, smoothing, zoom; and the state of the connection. */
import type { VNode } from 'preact';
import { KINDS } from '../../server/figures/curves.ts';
import type { XUnit } from '../../server/figures/run-data.ts';
import { SMOOTHING_STEPS } from '../../server/figures/smoothing.ts';
import { LineSample } from '../charts/swatch.tsx';
import { Icon } from '../icons.tsx';
import { usePanel } from './context.ts';
import { Help } from './help.tsx';

const UNITS: readonly { unit: XUnit; label: string }[] = [
  { unit: 'epoch', label: 'Epoch' },
  { unit: 'step', label: 'Step' },
  { unit: 'seconds', label: 'Time' },
];

export function Toolbar(): VNode {
  const { store } = usePanel();
  const view = store.view.value;
  const smoothing = SMOOTHING_STEPS.indexOf(view.smoothing as (typeof SMOOTHING_STEPS)[number]);
  const zoomed = view.zoom !== null;
  return (
    <div class="toolbar" role="toolbar" aria-label="View of all charts">
      <fieldset class="segmented">
        <legend class="sr-only">X axis</legend>
        {UNITS.map(({ unit, label }) => (
          <label key={unit} class={view.x === unit ? 'on' : ''}>
            <input type="radio" name="x" checked={view.x === unit} onChange={() => store.set({ x: unit })} />
            {label}
          </label>
        ))}
      </fieldset>
      <label>
        <input
          type="checkbox"
          checked={view.logY}
          onChange={(event) => store.set({ logY: event.currentTarget.checked })}
        />
        Log y
      </label>
      <label title="Exponential moving average over this many steps; the measured curve stays visible behind it">
        Smoothing
        <input
          type="range"
          min={0}
          max={SMOOTHING_STEPS.length - 1}
          value={smoothing}
          aria-valuetext={smoothing === 0 ? 'off' : `${view.smoothing} steps`}
          onInput={(event) => store.set({ smoothing: SMOOTHING_STEPS[Number(event.currentTarget.value)] ?? 0 })}
        />
        <span class="smoothing">{smoothing === 0 ? 'off' : `${view.smoothing} steps`}</span>
      </label>
      <span class="kinds">
        <span>
          <LineSample dash={KINDS.validation.dash} dot />
          validation
        </span>
        <span>
          <LineSample dash={KINDS.batch.dash} />
          training batch
        </span>
        <span>
          <LineSample dash={KINDS.train.dash} />
          training set
        </span>
      </span>
      {zoomed && <ZoomControls />}
      <span class="toolbar-end">
        <ConnectionChip />
        <Help />
      </span>
    </div>
  );
}

/** Only while zoomed in: otherwise there is nothing to follow or to reset. */
function ZoomControls(): VNode {
  const { store } = usePanel();
  return (
    <>
      <label title="Keep the newest step in view">
        <input
          type="checkbox"
          checked={store.view.value.follow}
          onChange={(event) => store.set({ follow: event.currentTarget.checked })}
        />
        Follow newest
      </label>
      <button
        type="button"
        title="Double-clicking a chart does the same"
        onClick={() => store.set({ zoom: null, follow: false })}
      >
        Reset zoom
      </button>
    </>
  );
}

const STATES = {
  silent: 'waiting for an answer',
  connected: 'connected',
  starting: 'server is starting',
  lost: 'connection lost',
} as const;

function ConnectionChip(): VNode {
  const { state } = usePanel().store.connection.value;
  return (
    <span class={`connection ${state}`} title={`Training server: ${STATES[state]}`}>
      <Icon name="plug" />
      <span class={state === 'connected' ? 'sr-only' : ''}>{STATES[state]}</span>
    </span>
  );
}
