/**
 * Extracts files from a wheel, with the `zipfile` of the Python that fetched it. Every name in the archive is checked before
 * the first byte is written: an archive that would write outside its folder, through a link, twice to one path or a
 * thousand times its size is refused as a whole.
 */
import { runChild } from './child.ts';
import { lastLines, noSpace, RuntimeError } from './errors.ts';
import type { OnBytes } from './pip.ts';
import type { Python } from './python.ts';

export interface UnpackOptions {
  python: Python;
  /** Created where needed. */
  into: string;
  /** Regular expressions (in the syntax shared by Python and JavaScript) that a full name must match; none: all. */
  keep?: readonly string[];
  /** One of our folders to run in. */
  cwd: string;
  signal?: AbortSignal | undefined;
  onBytes?: OnBytes;
}

/** Exit status of the program below when it refuses an archive. */
const REFUSED = 3;
/** Bytes out for each byte in, of the whole archive. TensorFlow's wheels have 5, deflate ends at about 1,030. */
const LARGEST_RATIO = 100;

const PROGRAM = `
import errno, json, os, re, stat, sys, zipfile
wheel, target, keep = sys.argv[1], sys.argv[2], [re.compile(p) for p in json.loads(sys.argv[3])]
def refuse(reason, name):
    print('refused: %s: %r' % (reason, name))
    sys.exit(${REFUSED})
try:
    archive = zipfile.ZipFile(wheel)
except zipfile.BadZipFile as error:
    refuse('it is damaged (%s)' % error, os.path.basename(wheel))
with archive:
    seen, chosen, total, packed = set(), [], 0, 0
    for entry in archive.infolist():
        raw = entry.orig_filename
        name = raw[:-1] if raw.endswith('/') else raw
        if raw.startswith('/') or any(part in ('', '.', '..') for part in name.split('/')) or any(c in raw for c in '\\\\:\\0'):
            refuse('a name points outside the folder', raw)
        if stat.S_ISLNK(entry.external_attr >> 16):
            refuse('it contains a link', raw)
        if raw.endswith('/'):
            continue
        if name.lower() in seen:
            refuse('two files have the same name', raw)
        seen.add(name.lower())
        total, packed = total + entry.file_size, packed + entry.compress_size
        if not keep or any(p.fullmatch(name) for p in keep):
            chosen.append((name, entry))
    if total > ${LARGEST_RATIO} * packed + 1000000:
        refuse('it unpacks to more than ${LARGEST_RATIO} times its size', os.path.basename(wheel))
    wanted, done, shown = sum(entry.file_size for _, entry in chosen), 0, 0
    try:
        for name, entry in chosen:
            file = os.path.join(target, *name.split('/'))
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with archive.open(entry) as source, open(file, 'xb') as sink:
                while True:
                    piece = source.read(1 << 20)
                    if not piece:
                        break
                    sink.write(piece)
                    done += len(piece)
                    if done - shown >= 16000000:
                        shown = done
                        print('bytes: %d %d' % (done, wanted), flush=True)
            os.chmod(file, 0o755 if (entry.external_attr >> 16) & 0o111 else 0o644)
    except (zipfile.BadZipFile, EOFError) as error:
        refuse('it is damaged (%s)' % error, os.path.basename(wheel))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            print('full: %d' % wanted)
        raise
    print('files: %d %d' % (len(chosen), wanted))
`;

/**
 * Unpacks a wheel. What was written before damage was found stays in `into`, which is therefore a staging folder.
 * @returns how many files and bytes were extracted
 * @throws RuntimeError `bad-archive`, `disk`
 */
export async function unpackWheel(wheel: string, options: UnpackOptions): Promise<{ files: number; bytes: number }> {
  const { python, into, keep = [], cwd, signal, onBytes } = options;
  const args = ['-c', PROGRAM, wheel, into, JSON.stringify(keep)];
  const { code, output } = await runChild(python.executable, args, {
    cwd,
    env: { PYTHONIOENCODING: 'utf-8' },
    signal,
    onLine: (line) => {
      const [, done, total] = /^bytes: (\d+) (\d+)$/.exec(line) ?? [];
      if (done !== undefined) onBytes?.(Number(done), Number(total));
    },
  });
  const [, files, bytes] = /^files: (\d+) (\d+)$/m.exec(output) ?? [];
  if (code === 0 && files !== undefined) return { files: Number(files), bytes: Number(bytes) };
  const [, needed] = /^full: (\d+)$/m.exec(output) ?? [];
  if (needed !== undefined) throw noSpace(into, Number(needed), undefined);
  const [, reason] = /^refused: (.*)$/m.exec(output) ?? [];
  throw new RuntimeError('bad-archive', {
    what: `The archive ${wheel} was not unpacked: ${reason ?? 'Python’s zipfile failed'}.`,
    advice: 'Remove that file and run `rectiscope runtime install` again to fetch a new one.',
    detail: lastLines(output),
  });
}
