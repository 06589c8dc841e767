/** The text in place of charts of layers while there is nothing to draw. */
import { type ReadonlySignal, useComputed } from '@preact/signals';
import { usePanel } from './context.ts';

/** The text while runs are chosen but nothing of them was measured; null otherwise. */
export function useWaiting(isEmpty: () => boolean): ReadonlySignal<string | null> {
  const { store } = usePanel();
  return useComputed(() =>
    store.chosen.value.length > 0 && isEmpty() ? 'Nothing measured yet: steps 1, 2 and 5 are probed first.' : null,
  );
}
