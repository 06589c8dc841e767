/** How the panel is looked at: kept by the tab, and by the browser for the next tab. */

const KEY = 'rectiscope.view';

/** Undefined where nothing was kept, or nothing that can be read. */
export function readSaved(): unknown {
  const text = sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not ours: the panel begins as if there were none.
    return undefined;
  }
}

export function writeSaved(saved: unknown): void {
  const text = JSON.stringify(saved);
  for (const storage of [sessionStorage, localStorage]) {
    try {
      storage.setItem(KEY, text);
    } catch (error) {
      // Full, or closed to this page: the view is not remembered, and nothing else is lost.
      console.warn('The view could not be kept.', error);
    }
  }
}
