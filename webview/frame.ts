/** Drawing at most once a frame, and not at all what nobody can see. */
import { useEffect, useRef } from 'preact/hooks';

/** Time in a frame after which no further drawing is begun, milliseconds; what is left over is drawn in the next. */
const BUDGET_MS = 6;

const queue = new Set<() => void>();
let asked = false;

function drawQueued(): void {
  asked = false;
  const end = performance.now() + BUDGET_MS;
  for (const work of queue) {
    queue.delete(work);
    work();
    if (performance.now() > end) break;
  }
  if (queue.size > 0) askForFrame();
}

function askForFrame(): void {
  if (asked) return;
  asked = true;
  requestAnimationFrame(drawQueued);
}

/** Asks for one call of `work` in the next frame with time for it, however often it is asked. */
function onceAFrame(work: () => void): { ask: () => void; cancel: () => void } {
  const ask = (): void => {
    queue.add(work);
    askForFrame();
  };
  return { ask, cancel: () => queue.delete(work) };
}

/**
 * A function that asks for `draw` in the next frame; while the element is scrolled out of view it only remembers that it
 * has to. The element's first sight and every change of its size ask by themselves.
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
