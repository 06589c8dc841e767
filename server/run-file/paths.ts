/**
 * A path of a run file, relative to the file's folder, made absolute by text rules only (without the disk). Both kinds
 * of slash separate if the folder is a Windows one; `.` and `..` are resolved.
 */
export function resolvePath(folder: string, path: string): string {
  const windows = /^(?:[A-Za-z]:|\\\\)/.test(folder);
  const slashes = windows ? /[\\/]+/ : /\/+/;
  const absolute = windows ? /^(?:[A-Za-z]:[\\/]|\\\\|\/)/.test(path) : path.startsWith('/');
  const joined = absolute ? path : `${folder}/${path}`;
  const [, root = '', rest = ''] =
    (windows ? /^([A-Za-z]:[\\/]|[\\/]{1,2}|)(.*)$/s : /^(\/|)(.*)$/s).exec(joined) ?? [];
  const parts: string[] = [];
  for (const part of rest.split(slashes)) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part !== '..' || root === '') parts.push(part);
  }
  return root + parts.join(windows ? '\\' : '/');
}

/** A file's name without its folder and without `.rectiscope.yaml` or any other extension. */
export function baseName(fileName: string): string {
  const name = fileName.split(/[\\/]/).at(-1) ?? '';
  return name.replace(/\.(?:ya?ml|json)$/i, '').replace(/\.rectiscope$/i, '') || 'run';
}
