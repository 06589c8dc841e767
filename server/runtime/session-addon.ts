/**
 * Our own addon (`addon/`), loaded and typed: it runs graphs as tfjs' one can't. Its sessions take a configuration, may be of other
 * machines, and run off the event loop. Errors of TensorFlow are thrown, or promises rejected, as `Error` with TensorFlow's message
 * and `status`, its code.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { RuntimeError } from './errors.ts';
import { runtimeEnvironment } from './load.ts';
import type { RuntimePaths } from './status.ts';

/** Its name; it lies beside tfjs' addon. */
export const SESSION_ADDON = 'rectiscope_session.node';

/** A session that was opened; closed when it is let go. */
export type SessionHandle = { readonly brand: 'session' };

export interface SessionAddon {
  /** Of TensorFlow: `2.21.0`. */
  readonly version: string;
  /**
   * Import a GraphDef and make a session of it. Says nothing to another machine yet: the first run does.
   * @param target empty: this process; `grpc://host:port`: a server
   * @param config a serialised ConfigProto
   */
  open(graphDef: Uint8Array, target: string, config: Uint8Array): SessionHandle;
  /**
   * Run it once, on a thread of libuv's.
   * @param feeds copied before this returns
   * @param options a serialised RunOptions; `NO_OPTIONS`: none
   */
  run(
    session: SessionHandle,
    feeds: readonly { name: string; shape: readonly number[]; data: Float32Array | Int32Array }[],
    fetches: readonly string[],
    options: Uint8Array,
  ): Promise<(Float32Array | Int32Array)[]>;
  /** A run that is under way ends first. */
  close(session: SessionHandle): Promise<void>;
  /** Serve this machine by a serialised ServerDef until the process ends. @returns the target that others reach it by */
  serve(serverDef: Uint8Array): string;
}

const EARLIER = {
  what: 'The TensorFlow runtime was installed by an earlier release: a part that runs networks is missing.',
  advice: 'Run `rectiscope runtime install`: it adds what is missing, in half a minute.',
};
/** What a runtime without this addon needs, in two sentences. */
export const NO_SESSIONS = `${EARLIER.what} ${EARLIER.advice}`;

/** A run with nothing that is not usual: a RunOptions without fields. */
export const NO_OPTIONS = new Uint8Array();

/** Where a runtime's session addon is. */
export const sessionAddonFile = ({ addon }: Pick<RuntimePaths, 'addon'>): string =>
  path.join(path.dirname(addon), SESSION_ADDON);

/** Whether it is there: a runtime of an earlier release has none, and needs what `NO_SESSIONS` says. */
export const hasSessionAddon = (paths: Pick<RuntimePaths, 'addon'>): boolean => fs.existsSync(sessionAddonFile(paths));

/**
 * Load it into this process.
 * @throws RuntimeError `not-installed` where the runtime was installed by an earlier release, `load`
 */
export function loadSessionAddon(paths: RuntimePaths): SessionAddon {
  if (!hasSessionAddon(paths)) throw new RuntimeError('not-installed', EARLIER);
  const file = sessionAddonFile(paths);
  Object.assign(process.env, runtimeEnvironment(paths));
  try {
    return createRequire(file)(file) as SessionAddon;
  } catch (error) {
    throw new RuntimeError('load', {
      what: `The TensorFlow runtime at ${file} can’t be loaded: ${error instanceof Error ? error.message : error}.`,
      advice: 'Run `rectiscope runtime install --force` to build it anew.',
      cause: error,
    });
  }
}
