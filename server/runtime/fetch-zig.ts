import path from 'node:path';
import { type Compiler, zigCompiler } from './compiler.ts';
import { fetchWheel, type OnBytes } from './pip.ts';
import type { Python } from './python.ts';
import type { WheelRequest } from './target.ts';
import { unpackWheel } from './unpack.ts';

export interface FetchZigOptions {
  /** With pip. */
  python: Python;
  /** Where a fetched wheel is kept. */
  downloads: string;
  /** Removed by the caller, who made it. */
  staging: string;
  signal?: AbortSignal | undefined;
  onFetch?: OnBytes;
  onUnpack?: OnBytes;
}

/** Fetches and unpacks zig: a C++ compiler for a machine without one, and for every other platform. */
export async function fetchZig(request: WheelRequest, options: FetchZigOptions): Promise<Compiler> {
  const { python, downloads, staging, signal, onFetch, onUnpack } = options;
  const wheel = await fetchWheel(request, downloads, { python, staging, signal, ...(onFetch && { onBytes: onFetch }) });
  const into = path.join(staging, 'zig');
  await unpackWheel(wheel, { python, into, cwd: staging, signal, ...(onUnpack && { onBytes: onUnpack }) });
  return zigCompiler(into, staging, signal);
}
