/**
 * `runtime.json`: what is installed. It is written last and atomically, so a readable manifest means a completed and verified
 * installation; a process that dies before that leaves no manifest, or the previous one.
 */

import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { renameOver } from '../system/durable-files.ts';
import { layoutOf } from './location.ts';

/** Raised when the meaning of a field changes; a manifest of another format counts as not installed. */
const FORMAT = 1;

/** A file that the installation depends on, as it was when it was verified. */
export interface ManifestFile {
  /** Absolute, or relative to the runtime's folder if it is ours. */
  path: string;
  bytes: number;
  /** Milliseconds; only for files that others may change. */
  modified?: number;
}

export interface Manifest {
  format: typeof FORMAT;
  source: 'pip' | 'environment';
  /** Name of the distribution: `tensorflow-cpu`. */
  package: string;
  /** Of TensorFlow. */
  version: string;
  variant: 'cpu' | 'cuda';
  /** `linux-x64`: different machines may share a home folder. */
  platform: string;
  /** Folder below `versions` that belongs to this installation. */
  id: string;
  /** Absolute, or relative to the runtime's folder. */
  addon: string;
  /** Folder of TensorFlow's libraries; absolute or relative, as above. */
  libraries: string;
  /** Further folders that the system's loader must search (Windows); absolute. */
  searchPath: string[];
  files: ManifestFile[];
  /** Size of what we installed, without the Python environment's files. */
  bytes: number;
  /** The compiler of the addon, and the release of its source. */
  compiler: string;
  addonSource: string;
  /** The Python that fetched the wheel or whose environment is used. */
  python: string;
  /** ISO 8601. */
  installed: string;
}

type Fields = Record<string, unknown>;
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;
const isFile = (value: unknown): value is ManifestFile =>
  isFields(value) &&
  isText(value['path']) &&
  isCount(value['bytes']) &&
  (value['modified'] === undefined || isCount(value['modified']));

const TEXTS = ['package', 'version', 'platform', 'id', 'addon', 'libraries', 'compiler', 'addonSource', 'python'];

/** Whether this is a manifest as `writeManifest` writes it. */
function isManifest(value: unknown): value is Manifest {
  if (!isFields(value) || value['format'] !== FORMAT) return false;
  const { source, variant, id, searchPath, files, bytes, installed } = value;
  return (
    (source === 'pip' || source === 'environment') &&
    (variant === 'cpu' || variant === 'cuda') &&
    TEXTS.every((key) => isText(value[key])) &&
    // `id` names a folder that gets removed: never a path out of `versions`.
    isText(id) &&
    path.basename(id) === id &&
    id !== '..' &&
    id !== '.' &&
    Array.isArray(searchPath) &&
    searchPath.every(isText) &&
    Array.isArray(files) &&
    files.length > 0 &&
    files.every(isFile) &&
    isCount(bytes) &&
    isText(installed)
  );
}

/** The manifest of a folder: `absent`; `no-folder`: the path is not a folder; `forbidden` for this user; `unreadable` with the reason; or its content. */
export type ManifestReading =
  | { state: 'absent' }
  | { state: 'no-folder' }
  | { state: 'forbidden' }
  | { state: 'unreadable'; why: string }
  | { state: 'present'; manifest: Manifest };

/** Reads a runtime folder's manifest. Never throws: an unreadable folder counts as an unreadable manifest. */
export async function readManifest(folder: string): Promise<ManifestReading> {
  let text: string;
  try {
    text = await fs.readFile(layoutOf(folder).manifest, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { state: 'absent' };
    if (code === 'ENOTDIR' || code === 'ELOOP') return { state: 'no-folder' };
    if (code === 'EACCES' || code === 'EPERM') return { state: 'forbidden' };
    return { state: 'unreadable', why: message };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { state: 'unreadable', why: 'it is not JSON' };
  }
  if (isManifest(value)) return { state: 'present', manifest: value };
  const format = isFields(value) ? value['format'] : undefined;
  const other = typeof format === 'number' && format !== FORMAT;
  return { state: 'unreadable', why: other ? `it has format ${format}, not ${FORMAT}` : 'fields are missing or wrong' };
}

/** Makes a folder's entries survive a power cut. Windows can't open a folder, and doesn't need it. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a manifest so that a reader sees either the complete old one or the complete new one, whatever happens in between. */
export async function writeManifest(folder: string, manifest: Omit<Manifest, 'format'>): Promise<void> {
  const { manifest: file, staging } = layoutOf(folder);
  // Written where leftovers of a killed process are cleaned up, and on the same file system, so that it can be renamed.
  await fs.mkdir(staging, { recursive: true });
  const temporary = path.join(staging, `runtime-${randomUUID()}.json`);
  try {
    const handle = await fs.open(temporary, 'wx');
    try {
      await handle.writeFile(`${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameOver(temporary, file);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}
