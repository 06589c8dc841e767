/** Fetches onnxruntime with the user's npm when it is first needed: into a folder of the user's, checked by the hashes that we carry. */

import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { renameOver } from '../system/durable-files.ts';
import { runChild } from './child.ts';
import { lastLines, noSpace, RuntimeError, type RuntimeErrorText } from './errors.ts';
import { userFolder } from './location.ts';
import {
  BINARIES,
  fetchedFolder,
  findOnnxruntime,
  isClone,
  ONNXRUNTIME_VERSION,
  orderFolder,
  packageIn,
} from './onnxruntime.ts';

/** Platforms that onnxruntime-node has a library for. */
const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

/** npm's usual tries go on for minutes where nothing answers; whoever waits here asks again. */
const FEW_TRIES = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'];

/** What does the same by hand. */
const BY_HAND = `Or install it by hand where Rectiscope is installed: \`npm install --ignore-scripts onnxruntime-node@${ONNXRUNTIME_VERSION}\`.`;

/** What the output of an npm that failed means for a user; the codes are npm 7 to 11's. */
export function npmFailure(output: string): RuntimeError {
  const detail = lastLines(output);
  const fail = (code: RuntimeError['code'], text: Omit<RuntimeErrorText, 'detail'>) =>
    new RuntimeError(code, { ...text, detail });
  const what = `onnxruntime ${ONNXRUNTIME_VERSION} could not be fetched with npm`;
  if (/\bE(NOTFOUND|AI_AGAIN|CONNREFUSED|HOSTUNREACH|NETUNREACH|TIMEDOUT|CONNRESET)\b/.test(output))
    return fail('offline', {
      what: `${what}: its registry can't be reached.`,
      advice: `Connect this machine, or set a proxy (\`npm config set https-proxy ADDRESS\`), and try again. ${BY_HAND}`,
    });
  if (/\b(UNABLE_TO_\w+|CERT_\w+|\w+_SIGNED_CERT\w*|ERR_TLS_\w+)\b/.test(output))
    return fail('certificate', {
      what: `${what}: it does not trust the certificate of its registry.`,
      advice: 'Behind an inspecting proxy, set NODE_EXTRA_CA_CERTS to a file with its certificate, and try again.',
    });
  if (/\bEINTEGRITY\b/.test(output))
    return fail('wrong-hash', {
      what: `${what}: the file that came is not the one that was published.`,
      advice: 'Ask whoever runs the registry that npm is set to (`npm config get registry`).',
    });
  if (/\bE(401|403|404)\b/.test(output))
    return fail('refused', {
      what: `${what}: its registry refused the request.`,
      advice: `Check the registry that npm is set to (\`npm config get registry\`). ${BY_HAND}`,
    });
  return fail('fetch', { what: `${what}: ${lastLines(output, 1)}.`, advice: `Try again. ${BY_HAND}` });
}

/** Run npm in a folder. */
async function npm(words: readonly string[], cwd: string): Promise<void> {
  // Windows has a batch file for npm, which only its shell starts; none of the words needs quoting.
  const [program, args] =
    process.platform === 'win32' ? ['cmd.exe', ['/d', '/s', '/c', 'npm', ...words]] : ['npm', words];
  try {
    const { code, output } = await runChild(program, args, { cwd, env: { NODE_OPTIONS: undefined } });
    if (code !== 0) throw npmFailure(output);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new RuntimeError('fetch', {
      what: `onnxruntime ${ONNXRUNTIME_VERSION} is not here, and there is no npm on the path to fetch it with.`,
      advice: `Put npm on the path. ${BY_HAND}`,
      cause: error,
    });
  }
}

/** Remove the libraries of other platforms: five sixths of the package. */
async function keepThisPlatform(folder: string): Promise<void> {
  const binaries = path.join(folder, BINARIES);
  for (const platform of await fs.readdir(binaries)) {
    const own = path.join(binaries, platform);
    if (platform !== process.platform) await fs.rm(own, { recursive: true });
    else
      for (const arch of await fs.readdir(own))
        if (arch !== process.arch) await fs.rm(path.join(own, arch), { recursive: true });
  }
}

async function fetchInto(place: string): Promise<void> {
  // Beside its place, so that one rename completes it; several processes may do this at the same time.
  const staging = `${place}.${randomBytes(4).toString('hex')}`;
  try {
    await fs.mkdir(staging, { recursive: true });
    for (const name of ['package.json', 'package-lock.json'])
      await fs.copyFile(path.join(orderFolder, name), path.join(staging, name));
    await npm(
      ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error', ...FEW_TRIES],
      staging,
    );
    await keepThisPlatform(packageIn(staging));
    await renameOver(staging, place).catch((error: NodeJS.ErrnoException) => {
      // Another process was faster.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST' && error.code !== 'EPERM') throw error;
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') throw noSpace(path.dirname(place), 4e8, undefined);
    if (code !== 'EACCES' && code !== 'EPERM' && code !== 'EROFS' && code !== 'ENOTDIR') throw error;
    throw new RuntimeError('permission', {
      what: `onnxruntime can't be written to ${place} (${message}).`,
      advice: `Make sure that the folder belongs to you. ${BY_HAND}`,
      cause: error,
    });
  } finally {
    await fs.rm(staging, { recursive: true, force: true });
  }
}

/**
 * The folder of onnxruntime, which is fetched where it is not on this machine yet: `report` is called before that.
 * @throws RuntimeError that says what is wrong and what to do
 */
export async function provideOnnxruntime(report: (message: string) => void): Promise<string> {
  const found = findOnnxruntime();
  if (found !== undefined) return found;
  const platform = `${process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform))
    throw new RuntimeError('unsupported', {
      what: `onnxruntime-node, which trains, has no library for ${platform}.`,
      advice: `Train on one of ${PLATFORMS.join(', ')}; \`rectiscope check\` works here.`,
    });
  if (isClone)
    throw new RuntimeError('not-installed', {
      what: 'The package onnxruntime-node, which trains, is not installed.',
      advice: `Run \`npm install\` in ${orderFolder}. With \`--backend tensorflow\` it is not needed.`,
    });
  report(
    `Fetching onnxruntime ${ONNXRUNTIME_VERSION}, which trains, with npm into ${userFolder()}: once for all projects, some 100 MB.`,
  );
  await fetchInto(fetchedFolder());
  const fetched = findOnnxruntime();
  if (fetched === undefined) throw new Error(`npm ended well, but ${fetchedFolder()} holds no onnxruntime.`);
  return fetched;
}
