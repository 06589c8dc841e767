/** Saving in a browser: a download. */

/** `name` is the file's. */
export function save({ name, mime, text }: { name: string; mime: string; text: string }): void {
  const address = URL.createObjectURL(new Blob([text], { type: mime }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // By then the browser has started to read the URL.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
