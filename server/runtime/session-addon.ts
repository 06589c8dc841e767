/**
 * Our own addon (`addon/`), loaded and typed: it runs graphs in ways that tfjs' can't. Its sessions take a configuration, may run on
 * other machines, and run off the event loop. Errors of TensorFlow are thrown, or promises rejected, as `Error` with TensorFlow's
 * message and `status`, its code.
 */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { RuntimeError } from './errors.ts';
import { runtimeEnvironment } from './load.ts';
import type { RuntimePaths } from './status.ts';

/** Its file name; it is beside tfjs' addon. */
export const SESSION_ADDON = 'rectiscope_session.node';

/** An open session; closed when garbage-collected. */
export type SessionHandle = { readonly brand: 'session' };

export interface SessionAddon {
  /** Of TensorFlow: `2.21.0`. */
  readonly version: string;
  /**
   * Imports a GraphDef and creates a session for it. Other machines are contacted only by the first run.
   * @param target empty: this process; `grpc://host:port`: a server
   * @param config a serialised ConfigProto
   */
  open(graphDef: Uint8Array, target: string, config: Uint8Array): SessionHandle;
  /**
   * Runs it once, on a libuv thread.
   * @param feeds copied before this returns
   * @param options a serialised RunOptions; `NO_OPTIONS`: none
   */
  run(
    session: SessionHandle,
    feeds: readonly { name: string; shape: readonly number[]; data: Float32Array | Int32Array }[],
    fetches: readonly string[],
    options: Uint8Array,
  ): Promise<(Float32Array | Int32Array)[]>;
  /** A running step finishes first. */
  close(session: SessionHandle): Promise<void>;
  /** Serves this machine according to a serialised ServerDef until the process ends. @returns the target at which others reach it */
  serve(serverDef: Uint8Array): string;
}

const EARLIER = {
  what: 'The TensorFlow runtime was installed by an earlier release, without the part that runs networks.',
  advice: 'Run `rectiscope runtime install` to add it, in half a minute.',
};
/** The message for a runtime without this addon. */
export const NO_SESSIONS = `${EARLIER.what} ${EARLIER.advice}`;

/** The default options of a run: a RunOptions without fields. */
export const NO_OPTIONS = new Uint8Array();

/** Path of a runtime's session addon. */
export const sessionAddonFile = ({ addon }: Pick<RuntimePaths, 'addon'>): string =>
  path.join(path.dirname(addon), SESSION_ADDON);

/** Whether it exists: a runtime of an earlier release has none; `NO_SESSIONS` is the message then. */
export const hasSessionAddon = (paths: Pick<RuntimePaths, 'addon'>): boolean => fs.existsSync(sessionAddonFile(paths));

/**
 * Loads it into this process.
 * @throws RuntimeError `not-installed` if the runtime was installed by an earlier release, `load`
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
      advice: 'Run `rectiscope runtime install --force` to rebuild it.',
      cause: error,
    });
  }
}
