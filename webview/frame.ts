/** Drawing at most once a frame, and not at all what nobody can see. */
import { useEffect, useRef } from 'preact/hooks';

/** Asks for one call of `work` before the next frame, however often it is asked. */
export function onceAFrame(work: () => void): { ask: () => void; cancel: () => void } {
  let frame: number | undefined;
  const ask = (): void => {
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      work();
    });
  };
  const cancel = (): void => {
    if (frame !== undefined) cancelAnimationFrame(frame);
    frame = undefined;
  };
  return { ask, cancel };
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
  const frame = useRef<ReturnType<typeof onceAFrame>>(undefined);
  frame.current ??= onceAFrame(() => {
    if (!visible.current) return;
    owed.current = false;
    latest.current();
  });
  const { ask, cancel } = frame.current;
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
