/** What every part of the panel may use: the store, the theme, and announcements for screen readers. */
import type { Signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { PanelStore } from '../state.ts';
import type { Theme } from '../theme.ts';

export interface Panel {
  readonly store: PanelStore;
  readonly theme: Signal<Theme>;
  /** Read out by a screen reader when it changes, without interrupting. */
  readonly spoken: Signal<string>;
  /** Layer under the pointer or the keyboard's cursor, by name. */
  readonly layerCursor: Signal<string | null>;
  /** In a browser, where lines and fixes are shown rather than opened and applied. */
  readonly isBrowser: boolean;
}

export const PanelContext = createContext<Panel | null>(null);

/** The panel that the component is in; throws outside one. */
export function usePanel(): Panel {
  const panel = useContext(PanelContext);
  if (panel === null) throw new Error('A part of the panel was rendered outside it.');
  return panel;
}
