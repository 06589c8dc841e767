/** Wait for something that another process brings about. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  milliseconds = 60_000,
): Promise<T> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > end) throw new Error(`Waited ${milliseconds} ms in vain for: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
