/** Letters, digits and hyphens of a title, for a file's name: `Top-1 error` → `top-1-error`. */
export const fileName = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
