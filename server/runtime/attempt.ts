/**
 * One attempt to install: what its steps share and what they report. An attempt writes only into its own
 * staging folder, until the result is moved into place as a whole.
 */
import type { BuildRequest } from './addon-build.ts';
import type { RuntimeLayout } from './location.ts';
import type { Python } from './python.ts';
import type { targetFor } from './target.ts';
import type { VerifyRuntime } from './verify.ts';

export type InstallPhase = 'python' | 'fetch' | 'unpack' | 'compile' | 'verify' | 'finish';

export interface InstallProgress {
  phase: InstallPhase;
  /** For people: the current step. The same text with new numbers is progress of the same step. */
  message: string;
  /** Bytes done, and the total if known. */
  done?: number;
  total?: number;
}

/** The compiler of the addon, and the release of its source. */
export interface Built {
  compiler: string;
  addonSource: string;
  /** Our own addon, if one was built. */
  sessionAddon?: string;
  /** Nothing was compiled here: the addons were prebuilt. */
  prebuilt?: boolean;
}

/**
 * What to build: `out` is tfjs' addon. `onlySessions`: it exists, and only ours is missing. `ignorePrebuilt`: do not use prebuilt
 * addons.
 */
export type AddonRequest = Omit<BuildRequest, 'source'> & { onlySessions?: boolean; ignorePrebuilt?: boolean };

/** The replaceable parts of an installation; tests pass small ones. */
export interface InstallParts {
  targetFor: typeof targetFor;
  /** Builds the requested addon, and ours beside it; the Python fetches a compiler if needed. */
  build: (attempt: Attempt, request: AddonRequest, python: Python) => Promise<Built>;
}

export interface Attempt {
  layout: RuntimeLayout;
  /** Always removed at the end. */
  staging: string;
  /** Becomes the version's folder; below `staging`. */
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

/** A built and verified runtime in `root`. Paths are absolute. */
export interface Prepared extends Built {
  source: 'pip' | 'environment';
  package: string;
  version: string;
  variant: 'cpu' | 'cuda';
  addon: string;
  libraries: string;
  searchPath: string[];
  /** Files that it depends on. */
  files: string[];
  python: string;
}

/** Reports the bytes of a step. */
export const byteReporter =
  (attempt: Attempt, phase: InstallPhase, message: string) =>
  (done: number, total: number | undefined): void =>
    attempt.report({ phase, message, done, ...(total === undefined ? {} : { total }) });
