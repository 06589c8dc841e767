/** The view of the panel, stored in the tab, and in the browser for the next tab. */

const KEY = 'rectiscope.view';

/** Undefined if nothing readable was stored. */
export function readSaved(): unknown {
  const text = sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not ours: the panel starts with the defaults.
    return undefined;
  }
}

export function writeSaved(saved: unknown): void {
  const text = JSON.stringify(saved);
  for (const storage of [sessionStorage, localStorage]) {
    try {
      storage.setItem(KEY, text);
    } catch (error) {
      // Full, or not available to this page: only the view is lost.
      console.warn('The view could not be saved.', error);
    }
  }
}
