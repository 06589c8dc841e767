/** Draws at most once per frame, and skips what is out of view. */
import { useEffect, useRef } from 'preact/hooks';

/** Time in a frame after which no further drawing starts, milliseconds; the rest is drawn in the next frame. */
const BUDGET_MS = 6;

const queue = new Set<() => void>();
let isRequested = false;

function drawQueued(): void {
  isRequested = false;
  const end = performance.now() + BUDGET_MS;
  for (const work of queue) {
    queue.delete(work);
    work();
    if (performance.now() > end) break;
  }
  if (queue.size > 0) askForFrame();
}

function askForFrame(): void {
  if (isRequested) return;
  isRequested = true;
  requestAnimationFrame(drawQueued);
}

/** Schedules one call of `work` in the next frame with time for it, however often this is called. */
function onceAFrame(work: () => void): { ask: () => void; cancel: () => void } {
  const ask = (): void => {
    queue.add(work);
    askForFrame();
  };
  return { ask, cancel: () => queue.delete(work) };
}

/**
 * A function that schedules `draw` for the next frame; while the element is scrolled out of view the drawing is postponed.
 * The element's first appearance and every change of its size schedule it automatically.
 */
export function useDrawing(element: { current: HTMLElement | null }, draw: () => void): () => void {
  const latest = useRef(draw);
  latest.current = draw;
  const visible = useRef(false);
  const owed = useRef(true);
  const drawing = useRef<ReturnType<typeof onceAFrame>>(undefined);
  drawing.current ??= onceAFrame(() => {
    if (!visible.current) return;
    owed.current = false;
    latest.current();
  });
  const { ask, cancel } = drawing.current;
  const request = useRef(() => {
    owed.current = true;
    if (visible.current) ask();
  });
  useEffect(() => {
    const target = element.current;
    if (target === null) return undefined;
    const seen = new IntersectionObserver(
      (entries) => {
        visible.current = entries.at(-1)?.isIntersecting ?? false;
        if (visible.current && owed.current) ask();
      },
      { rootMargin: '100px' },
    );
    const sized = new ResizeObserver(() => request.current());
    seen.observe(target);
    sized.observe(target);
    return () => {
      seen.disconnect();
      sized.disconnect();
      cancel();
    };
  }, [element, ask, cancel]);
  return request.current;
}
