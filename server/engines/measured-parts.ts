/**
 * The fastest number of parts of a batch, as measured on this machine: one file per user, beside the native runtime's folder.
 * It is a cache, not a setting: if anything is wrong with it, training uses the default number.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import type { Network } from '../domain/network/network.ts';
import type { Backend } from '../protocol/events.ts';
import { userFolder } from '../runtime/location.ts';
import { durableFiles } from '../system/durable-files.ts';

/** What was measured of one network, batch and backend. */
export interface MeasuredParts {
  readonly parts: number;
  /** Milliseconds of a training step by number of parts, median. */
  readonly stepMs: number;
  /** ISO date. */
  readonly measured: string;
}

interface Measured {
  readonly backend: Backend;
  readonly network: Network;
  readonly batchSize: number;
}

/** The file; removing it removes all measurements. */
export const partsFile = (): string => join(userFolder(), 'parts.json');

/** Fields of a layer that do not affect time: names, origins, initial values. */
const NO_TIME = new Set(['name', 'origin', 'init', 'initOrigin']);

/** Everything that decides how long a step takes: shapes and kinds of layers, batch, backend, processor. */
function keyOf({ backend, network, batchSize }: Measured): string {
  const machine = [cpus()[0]?.model, availableParallelism(), process.platform, process.arch];
  const all = JSON.stringify(
    { backend, batchSize, input: network.input, layers: network.layers, machine },
    (key, value) => (NO_TIME.has(key) ? undefined : value),
  );
  return createHash('sha256').update(all).digest('hex');
}

const isMeasured = (value: unknown): value is MeasuredParts =>
  typeof value === 'object' &&
  value !== null &&
  'parts' in value &&
  Number.isInteger(value.parts) &&
  Number(value.parts) >= 1 &&
  'measured' in value &&
  typeof value.measured === 'string';

async function readAll(): Promise<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(await readFile(partsFile(), 'utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    // No such file: nothing was measured. Not JSON: truncated by another writer; it can be measured again.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** What was measured on this machine; undefined if nothing was. */
export async function measuredParts(of: Measured): Promise<MeasuredParts | undefined> {
  const value = (await readAll())[keyOf(of)];
  return isMeasured(value) && value.parts <= of.batchSize ? value : undefined;
}

/** Saves it for the next runs. If two commands write at the same time, the later one's file remains. */
export async function rememberParts(of: Measured, measured: MeasuredParts): Promise<void> {
  const all = { ...(await readAll()), [keyOf(of)]: measured };
  await mkdir(dirname(partsFile()), { recursive: true });
  await durableFiles.writeWhole(partsFile(), [Buffer.from(`${JSON.stringify(all, undefined, 2)}\n`)]);
}
