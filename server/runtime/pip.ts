/**
 * Fetches with the machine's own package client, so that its proxy, mirror, certificates and cache apply.
 * Nothing is installed into the Python that runs pip.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { renameOver } from '../system/durable-files.ts';
import { type ChildResult, runChild } from './child.ts';
import { RuntimeError } from './errors.ts';
import { folderBytes } from './folder-bytes.ts';
import { pipFailure } from './pip-failure.ts';
import type { Python } from './python.ts';
import type { WheelRequest } from './target.ts';

/** Bytes so far; the total, once known. */
export type OnBytes = (done: number, total: number | undefined) => void;

export interface FetchOptions {
  python: Python;
  /** A folder of this attempt; the caller empties it. */
  staging: string;
  signal?: AbortSignal | undefined;
  onBytes?: OnBytes;
}

const POLL_MS = 500;
const UNITS: Readonly<Record<string, number>> = { bytes: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/** The size in pip's announcement of a file, bytes: “Downloading x.whl (273.8 MB)”. */
export function announcedBytes(line: string): number | undefined {
  const [, digits, unit = ''] = /Downloading .*\(([\d.]+) (bytes|kB|MB|GB)\)/.exec(line) ?? [];
  return digits === undefined ? undefined : Number(digits) * (UNITS[unit] ?? 1);
}

/** The tags of a request as pip's arguments. */
const tags = (request: WheelRequest): string[] => [
  '--only-binary=:all:',
  '--python-version',
  request.pythonVersion,
  '--implementation',
  'cp',
  ...request.platforms.flatMap((platform) => ['--platform', platform]),
];

/** Runs pip; without a terminal pip shows no progress bar, so the growth of its temporary folder is watched. */
async function pip(args: readonly string[], options: FetchOptions): Promise<ChildResult> {
  const temporary = path.join(options.staging, 'pip-temporary');
  await fs.mkdir(temporary, { recursive: true });
  let announced: number | undefined;
  const timer = setInterval(() => {
    void folderBytes(temporary).then((bytes) => options.onBytes?.(bytes, announced));
  }, POLL_MS);
  try {
    return await runChild(options.python.executable, ['-m', 'pip', ...args], {
      cwd: options.staging,
      env: {
        TMPDIR: temporary,
        TEMP: temporary,
        TMP: temporary,
        PYTHONUNBUFFERED: '1',
        PYTHONIOENCODING: 'utf-8',
        PIP_DISABLE_PIP_VERSION_CHECK: '1',
        PIP_NO_INPUT: '1',
        // Users set this to avoid installing into a system's Python, which we never do.
        PIP_REQUIRE_VIRTUALENV: 'false',
      },
      signal: options.signal,
      onLine: (line) => {
        const bytes = announcedBytes(line);
        if (bytes !== undefined) announced = (announced ?? 0) + bytes;
      },
    });
  } finally {
    clearInterval(timer);
  }
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** Whether this is a complete file of the request. An unpinned file is moved into place only when complete. */
async function isWanted(file: string, request: WheelRequest): Promise<boolean> {
  return request.sha256.length === 0 || request.sha256.includes(await sha256(file));
}

/**
 * Fetches a wheel into `downloads`, or finds it there from an earlier attempt.
 * @returns the file's path
 * @throws RuntimeError with the reason why pip could not
 */
export async function fetchWheel(request: WheelRequest, downloads: string, options: FetchOptions): Promise<string> {
  const kept = path.join(downloads, request.requirement.replace('==', '-'));
  await fs.mkdir(kept, { recursive: true });
  for (const name of await fs.readdir(kept)) {
    const file = path.join(kept, name);
    if (await isWanted(file, request)) return file;
    await fs.rm(file, { force: true });
  }
  // pip ends with a copy that an interruption can truncate: let it finish, then move the file into place.
  const arriving = await fs.mkdtemp(path.join(options.staging, 'wheel-'));
  const requirements = path.join(arriving, 'requirements.txt');
  const hashes = request.sha256.map((sum) => ` --hash=sha256:${sum}`).join('');
  await fs.writeFile(requirements, `${request.requirement}${hashes}\n`);
  const result = await pip(['download', '--no-deps', ...tags(request), '-d', arriving, '-r', requirements], options);
  const wheels = (await fs.readdir(arriving)).filter((name) => name.endsWith('.whl'));
  const [wheel] = wheels;
  if (result.code !== 0 || wheel === undefined) throw pipFailure(request.requirement, result.output);
  const file = path.join(kept, wheel);
  await renameOver(path.join(arriving, wheel), file);
  if (await isWanted(file, request)) return file;
  await fs.rm(file, { force: true });
  throw new RuntimeError('wrong-hash', {
    what: `The file received for ${request.requirement} is not the published one.`,
    advice: 'Ask the administrator of pip’s package mirror (`pip config list`).',
  });
}

/**
 * Fetches and unpacks wheels together into an empty folder, without their dependencies.
 * @param requirements lines of a requirements file
 */
export async function installWheels(
  requirements: readonly string[],
  options: FetchOptions & { request: WheelRequest; target: string },
): Promise<void> {
  const file = path.join(options.staging, 'requirements.txt');
  await fs.writeFile(file, `${requirements.join('\n')}\n`);
  const args = [
    'install',
    '--no-deps',
    '--no-compile',
    ...tags(options.request),
    '--target',
    options.target,
    '-r',
    file,
  ];
  // Sizes are announced one by one, so the total is not known before the end.
  const onBytes: OnBytes = (done) => options.onBytes?.(done, undefined);
  const result = await pip(args, { ...options, onBytes });
  if (result.code !== 0) throw pipFailure(requirements.join(', '), result.output);
}
