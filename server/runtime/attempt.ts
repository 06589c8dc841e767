/**
 * One attempt to install: what its steps share and what they report. Everything that an attempt writes lies in its own
 * staging folder until it is moved into place whole.
 */
import type { BuildRequest } from './addon-build.ts';
import type { RuntimeLayout } from './location.ts';
import type { Python } from './python.ts';
import type { targetFor } from './target.ts';
import type { VerifyRuntime } from './verify.ts';

export type InstallPhase = 'python' | 'fetch' | 'unpack' | 'compile' | 'verify' | 'finish';

export interface InstallProgress {
  phase: InstallPhase;
  /** For people: what is being done. The same text with new numbers is the same step going on. */
  message: string;
  /** Bytes done, and in all where that is known. */
  done?: number;
  total?: number;
}

/** What built the addon, and of which release its source was. */
export interface Built {
  compiler: string;
  addonSource: string;
  /** Our own addon, where one was built. */
  sessionAddon?: string;
  /** Nothing was compiled here: the addons were there. */
  prebuilt?: boolean;
}

/**
 * What to build: `out` is tfjs' addon. `onlySessions`: it is there, and ours alone is missing. `anew`: not those that were built
 * beforehand.
 */
export type AddonRequest = Omit<BuildRequest, 'source'> & { onlySessions?: boolean; anew?: boolean };

/** What an installation is made of besides its steps; tests hand in small ones. */
export interface InstallParts {
  targetFor: typeof targetFor;
  /** Builds the addon that the request names, and ours beside it; the Python fetches a compiler, if need be. */
  build: (attempt: Attempt, request: AddonRequest, python: Python) => Promise<Built>;
}

export interface Attempt {
  layout: RuntimeLayout;
  /** Removed in the end, whatever happens. */
  staging: string;
  /** What becomes the version's folder; below `staging`. */
  root: string;
  /** For compilers; below `staging`. */
  scratch: string;
  compiler: 'auto' | 'machine' | 'zig';
  cuda: boolean;
  parts: InstallParts;
  verify: VerifyRuntime;
  signal: AbortSignal | undefined;
  report: (progress: InstallProgress) => void;
}

/** A runtime in `root` that was built and verified. Paths are absolute. */
export interface Prepared extends Built {
  source: 'pip' | 'environment';
  package: string;
  version: string;
  variant: 'cpu' | 'cuda';
  addon: string;
  libraries: string;
  searchPath: string[];
  /** Files that it rests on. */
  files: string[];
  python: string;
}

/** Reporter of bytes for a step. */
export const byteReporter =
  (attempt: Attempt, phase: InstallPhase, message: string) =>
  (done: number, total: number | undefined): void =>
    attempt.report({ phase, message, done, ...(total === undefined ? {} : { total }) });
