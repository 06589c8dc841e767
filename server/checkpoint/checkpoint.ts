/** A checkpoint: every variable, and the counters from which everything else of a run follows. */
import { createHash } from 'node:crypto';
import { readdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { SavedData } from '../data/dataset.ts';
import { stateName } from '../domain/optimizers/optimizer.ts';
import { optimizerOf } from '../domain/optimizers/optimizers.ts';
import type { VariableKind } from '../domain/program/operation.ts';
import type { Finding } from '../domain/rules/rule.ts';
import type { PlateauState } from '../domain/schedule/plateau.ts';
import type { PinnedEngine } from '../engines/engine.ts';
import { arrayBytes, decodeTensors, encodeTensors, type Tensors } from '../formats/safetensors.ts';
import { durableFiles, type Files, isTemporary } from '../system/durable-files.ts';
import { readRegularFile } from '../system/regular-file.ts';
import type { WeightFiles } from './initial-weights.ts';
import type { VariableValues } from './variables.ts';

const FORMAT = 1;

/** The state beside the arrays: only counters, since every random number is a function of (seed, purpose, step). */
export interface CheckpointState {
  readonly step: number;
  /** Hash of the configuration that shapes the weights, and of the data: a run continues only with the same. */
  readonly configHash: string;
  readonly dataHash: string;
  /** The files that its weights came from at the start; absent if all were drawn. */
  readonly weightFiles?: WeightFiles;
  readonly engine: PinnedEngine;
  /** Training time so far, seconds. */
  readonly seconds: number;
  /** The last evaluation, per cent. */
  readonly errors?: { readonly top1: number; readonly top5: number };
  readonly best?: { readonly top1: number; readonly step: number };
  /** The state of the schedule's plateau rule; absent in checkpoints from before that rule existed. */
  readonly plateau?: PlateauState;
  /** What the rules have seen so far. */
  readonly rules: unknown;
  /** The finding that ends the run here, if there is one. */
  readonly stopping?: Pick<Finding, 'rule' | 'message'>;
  /** How the images are normalised, and which are left out; the mean image is an array beside it. */
  readonly data: SavedData;
}

export interface Checkpoint {
  readonly state: CheckpointState;
  /** All variables, in order. */
  readonly arrays: VariableValues;
  readonly file: string;
  readonly weightsHash: string;
}

/** Memory for the largest network that fits a machine, its optimiser's state included. */
const LARGEST = 16 * 2 ** 30;

interface Listed {
  readonly step: number;
  readonly file: string;
  /** Something else lies under the name of a checkpoint. */
  readonly isFolder: boolean;
}

/** Checkpoints of a folder, newest first. */
async function list(folder: string): Promise<Listed[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .flatMap((entry) => {
      const match = /^checkpoint-(\d+)\.safetensors$/.exec(entry.name);
      return match ? [{ step: Number(match[1]), file: join(folder, entry.name), isFolder: entry.isDirectory() }] : [];
    })
    .toSorted((a, b) => b.step - a.step);
}

/** The only array that is not a variable: the mean image of the data. */
const MEAN = 'data/mean';

const variablesOf = (arrays: Tensors['arrays']): Tensors['arrays'] =>
  new Map([...arrays].filter(([name]) => name !== MEAN));

/** The numbers of each array, as an engine takes them. */
export const arrayValues = (arrays: Tensors['arrays']): Map<string, Float32Array> =>
  new Map([...arrays].map(([name, { data }]) => [name, data]));

/** SHA-256 over the variables: the reported hash of the weights, equal only if every bit is. */
export function weightsHashOf(arrays: Tensors['arrays']): string {
  const hash = createHash('sha256');
  for (const bytes of arrayBytes(variablesOf(arrays))) hash.update(bytes);
  return hash.digest('hex');
}

/** Checksum of everything but the variables' numbers: counters, names, shapes, the mean image. */
function stateHashOf(state: string, arrays: Tensors['arrays']): string {
  const names = JSON.stringify([...arrays].map(([name, { shape }]) => [name, shape]));
  const hash = createHash('sha256').update(state).update(names);
  const mean = arrays.get(MEAN);
  if (mean) hash.update(new Uint8Array(mean.data.buffer, mean.data.byteOffset, mean.data.byteLength));
  return hash.digest('hex');
}

/** The data's part of the state, without its mean image: as numbers in a text it would be ten times as long. */
function withoutMean(state: CheckpointState): { state: CheckpointState; mean?: Tensors['arrays'] } {
  const { data } = state;
  const { normalization } = data.preparation;
  if (normalization.kind !== 'per_pixel_mean') return { state };
  const { shape, mean } = normalization;
  const preparation = { ...data.preparation, normalization: { ...normalization, mean: new Float32Array() } };
  return {
    state: { ...state, data: { ...data, preparation } },
    mean: new Map([[MEAN, { shape, data: mean }]]),
  };
}

/** The reverse: the state as it was saved. */
function withMean(state: CheckpointState, arrays: Tensors['arrays']): CheckpointState {
  const { data } = state;
  const { normalization } = data.preparation;
  if (normalization.kind !== 'per_pixel_mean') return state;
  const mean = arrays.get(MEAN)?.data;
  if (!mean) throw new Error('its mean image is missing');
  return {
    ...state,
    data: { ...data, preparation: { ...data.preparation, normalization: { ...normalization, mean } } },
  };
}

/** The saved form of the state: with the kind of every variable, by name. */
type WrittenState = CheckpointState & { readonly kinds?: Readonly<Record<string, VariableKind>> };

/** In checkpoints without kinds, SGD was the only optimiser and nothing was tracked. */
const firstStates = optimizerOf({ kind: 'sgd', momentum: 0 }).states.map((state) => stateName(state, ''));
const kindByName = (name: string): VariableKind =>
  firstStates.some((prefix) => name.startsWith(prefix)) ? 'state' : 'learned';

/** The variables among the arrays of a file. Throws if the kind of one is missing. */
const withKinds = (arrays: Tensors['arrays'], { kinds }: WrittenState): VariableValues =>
  new Map(
    [...variablesOf(arrays)].map(([name, array]) => {
      const kind = kinds ? kinds[name] : kindByName(name);
      if (!kind) throw new Error(`it does not give the kind of ${name}`);
      return [name, { ...array, kind }];
    }),
  );

/** Reads one checkpoint; throws an Error with the problem. */
export async function readCheckpoint(file: string): Promise<Checkpoint> {
  const { arrays, metadata } = decodeTensors(readRegularFile(file, { largest: LARGEST }));
  if (metadata['rectiscope'] !== String(FORMAT))
    throw new Error(`its format is ${metadata['rectiscope'] ?? 'another'}, not ${FORMAT}`);
  const weightsHash = weightsHashOf(arrays);
  if (metadata['weights_hash'] !== weightsHash) throw new Error('its checksum is wrong');
  const text = metadata['state'] ?? '';
  if (metadata['state_hash'] !== stateHashOf(text, arrays)) throw new Error('the checksum of its counters is wrong');
  const written = JSON.parse(text) as WrittenState;
  const { kinds: _, ...state } = written;
  return { state: withMean(state, arrays), arrays: withKinds(arrays, written), file, weightsHash };
}

/**
 * The newest intact checkpoint up to a step (later ones have no past in the store). `passedOver` is called for each one that is
 * damaged.
 */
export async function latestCheckpoint(
  folder: string,
  options: { upTo: number; passedOver: (file: string, why: string) => void },
): Promise<Checkpoint | undefined> {
  for (const { step, file } of await list(folder)) {
    if (step > options.upTo) continue;
    try {
      return await readCheckpoint(file);
    } catch (error) {
      options.passedOver(file, (error as Error).message);
    }
  }
  return undefined;
}

interface SaveOptions {
  readonly folder: string;
  readonly variables: VariableValues;
  readonly state: CheckpointState;
  /** Waits until everything up to this step is in the store. */
  readonly committed: () => Promise<void>;
  readonly files?: Files;
}

/** Save, and only then delete the oldest: the newest two are kept, and the best. */
export async function saveCheckpoint(options: SaveOptions): Promise<{ file: string; weightsHash: string }> {
  const { folder, variables, state, committed, files = durableFiles } = options;
  const file = join(folder, `checkpoint-${state.step}.safetensors`);
  const weightsHash = weightsHashOf(variables);
  const { state: written, mean } = withoutMean(state);
  const arrays: Tensors['arrays'] = new Map([...variables, ...(mean ?? [])]);
  const kinds = Object.fromEntries([...variables].map(([name, { kind }]) => [name, kind]));
  const text = JSON.stringify({ ...written, kinds } satisfies WrittenState);
  const metadata = {
    rectiscope: String(FORMAT),
    weights_hash: weightsHash,
    state: text,
    state_hash: stateHashOf(text, arrays),
  };
  try {
    await files.writeWhole(file, encodeTensors({ arrays, metadata }), { beforeRename: committed });
  } catch (error) {
    // On a full disk half a file would take the room that everything else waits for.
    await removeTemporary(folder, files);
    throw error;
  }
  const kept = await list(folder);
  const old = kept
    .filter(({ isFolder }) => !isFolder)
    .filter(({ step }, i) => i >= 2 && step !== state.best?.step && step <= state.step);
  for (const checkpoint of old) await files.remove(checkpoint.file);
  return { file, weightsHash };
}

/**
 * Before anything is written: what a kill left half done goes, and what belongs to a future that was rolled back. Folders that lie where
 * files are to be written are somebody's, and set aside under another name.
 */
export async function clearAfter(folder: string, step: number, files: Files = durableFiles): Promise<void> {
  const clear = async (file: string, isFolder: boolean) =>
    isFolder ? rename(file, await freeName(file)) : files.remove(file);
  for (const entry of await readdir(folder, { withFileTypes: true }))
    if (isTemporary(entry.name)) await clear(join(folder, entry.name), entry.isDirectory());
  for (const checkpoint of await list(folder))
    if (checkpoint.step > step) await clear(checkpoint.file, checkpoint.isFolder);
}

async function removeTemporary(folder: string, files: Files): Promise<void> {
  for (const name of await readdir(folder)) if (isTemporary(name)) await files.remove(join(folder, name));
}

/** The file's name with `.aside` behind it, and a number where that is taken. */
async function freeName(file: string): Promise<string> {
  const taken = new Set(await readdir(dirname(file)));
  for (let n = 1; ; n++) {
    const name = `${basename(file)}.aside${n === 1 ? '' : n}`;
    if (!taken.has(name)) return join(dirname(file), name);
  }
}
