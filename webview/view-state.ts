/** What the panel remembers when it is closed and opened again: the chosen runs and the view. Never numbers of a run. */
import type { CurveView, Range } from '../server/figures/chart-model.ts';
import { LAYER_QUANTITIES, type LayerQuantityId } from '../server/figures/quantities.ts';
import { SMOOTHING_STEPS } from '../server/figures/smoothing.ts';

export type RunOrder = 'newest' | 'name' | 'error' | 'state';

export interface View extends CurveView {
  /** Keep the newest point in view while zoomed in. */
  readonly follow: boolean;
  readonly zoom: Range | null;
  readonly quantity: LayerQuantityId;
  /** Layer whose series is drawn; null: the first layer. */
  readonly layer: string | null;
  /** Step of the third line of the profile; null: none. */
  readonly profileStep: number | null;
  /** Charts that are shown as tables. */
  readonly tables: readonly string[];
  readonly order: RunOrder;
}

/** What is passed to the host's `setState`. */
export interface Saved {
  readonly version: 1;
  readonly chosen: readonly string[];
  /** Colour slot of every run that the panel has seen. */
  readonly slots: Readonly<Record<string, number>>;
  readonly view: View;
}

export const DEFAULT_VIEW: View = {
  x: 'epoch',
  logY: false,
  smoothing: 20,
  follow: false,
  zoom: null,
  quantity: 'gradient_per_weight',
  layer: null,
  profileStep: null,
  tables: [],
  order: 'newest',
};

/** An object of unknown origin with the keys that we look for. */
type Fields = Readonly<Partial<Record<keyof Saved | keyof View | keyof Range, unknown>>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

/** One of the allowed values, or the default. */
const oneOf = <T>(value: unknown, allowed: readonly T[], otherwise: T): T =>
  allowed.includes(value as T) ? (value as T) : otherwise;

/** Reads what an earlier panel, perhaps of another version, saved; anything unreadable becomes the default. */
export function restore(value: unknown): Saved {
  const saved = isObject(value) && value.version === 1 ? value : {};
  const view = isObject(saved.view) ? saved.view : {};
  const slots = isObject(saved.slots) ? saved.slots : {};
  const zoom = view.zoom;
  return {
    version: 1,
    chosen: texts(saved.chosen),
    slots: Object.fromEntries(Object.entries(slots).filter((slot): slot is [string, number] => isNumber(slot[1]))),
    view: {
      x: oneOf(view.x, ['step', 'epoch', 'seconds'], DEFAULT_VIEW.x),
      logY: view.logY === true,
      smoothing: oneOf(view.smoothing, SMOOTHING_STEPS as readonly number[], DEFAULT_VIEW.smoothing),
      follow: view.follow === true,
      zoom:
        isObject(zoom) && isNumber(zoom.from) && isNumber(zoom.to) && zoom.from < zoom.to
          ? { from: zoom.from, to: zoom.to }
          : null,
      quantity: oneOf(
        view.quantity,
        LAYER_QUANTITIES.map((quantity) => quantity.id),
        DEFAULT_VIEW.quantity,
      ),
      layer: typeof view.layer === 'string' ? view.layer : null,
      profileStep: isNumber(view.profileStep) ? view.profileStep : null,
      tables: texts(view.tables),
      order: oneOf(view.order, ['newest', 'name', 'error', 'state'], DEFAULT_VIEW.order),
    },
  };
}
