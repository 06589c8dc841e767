/** The common source of both model formats: the forward program, its weights, and what its users have to know. */
import { dirname } from 'node:path';
import type { Normalization } from '../data/normalization.ts';
import { testSide } from '../domain/augmentation/draws.ts';
import type { RunConfig } from '../domain/config.ts';
import { placeNetwork } from '../domain/network/network.ts';
import { formatBytes } from '../domain/numbers/units.ts';
import type { Program } from '../domain/program/operation.ts';
import { size } from '../domain/shapes/size.ts';
import { deploymentProgram, type PixelNormalization } from '../domain/step/deployment.ts';
import type { RunSnapshot } from '../protocol/requests.ts';
import { readRunFile } from '../run-file/read.ts';
import { readLearned } from './learned.ts';
import { ExportRefusal } from './refusal.ts';

export interface DeployedModel {
  /** Normalisation, forward pass, softmax; see `deploymentProgram`. */
  readonly program: Program;
  /** Parameters by name. */
  readonly values: ReadonlyMap<string, Float32Array>;
  readonly step: number;
  /** One sentence or two for people. */
  readonly description: string;
  /** For programs; lists are JSON. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A protocol buffer, and so a model in one file, is limited to 2 GiB. */
const MOST_BYTES = 2 ** 31 - 2 ** 20;

/** The configuration of a run, as it was queued. */
export function configOf({ summary, text }: RunSnapshot): RunConfig {
  const { config, mistakes } = readRunFile(text, { fileName: summary.file, folder: dirname(summary.file) });
  if (config) return config;
  const [first] = mistakes;
  throw new ExportRefusal(
    `This version can't read the run file of ${summary.name}: ${first?.range.line}:${first?.range.column}: ${first?.message}`,
  );
}

/** Throws an ExportRefusal with what is missing. */
export async function deployedModel(snapshot: RunSnapshot): Promise<DeployedModel> {
  const config = configOf(snapshot);
  const { arrays, state, weightsHash } = await readLearned(snapshot);
  const network = placeNetwork(config.network);
  const bytes = network.parameters.reduce((sum, { shape }) => sum + 4 * size(shape), 0);
  if (bytes > MOST_BYTES)
    throw new ExportRefusal(
      `A model in one file holds ${formatBytes(MOST_BYTES)} at most, and these weights take ${formatBytes(bytes)}: export them with --weights.`,
    );
  const { normalization } = state.data.preparation;
  const { run, name } = snapshot.summary;
  const map = config.network.input.join('×');
  const input = `images: float32 [N, height, width, channels] = [N, ${config.network.input.join(', ')}], channels last; bytes of image files divided by 255, float32 IDX numbers unchanged; normalisation is part of the model`;
  const side = config.data && testSide(config.data.augment);
  const cut = side === undefined ? 'centre crop' : `shorter side resized to ${side} pixels, then centre crop`;
  return {
    program: deploymentProgram(network, pixelNormalization(normalization)),
    values: new Map([...arrays].map(([key, { data }]) => [key, data])),
    step: state.step,
    description: `Image classifier “${name}”, trained to step ${state.step} by Rectiscope. Feed images of ${map} (height, width, channels) with values from 0 to 1; normalisation is part of the model. Outputs logits and probabilities of ${network.classes} classes.`,
    metadata: {
      run,
      name,
      step: String(state.step),
      input,
      // As for the images of the run’s evaluations; images of the input’s size are not cropped.
      preparation: cut,
      class_names: JSON.stringify(snapshot.started?.classes ?? []),
      normalization: describeNormalization(normalization),
      weights_hash: weightsHash,
      data_hash: state.dataHash,
      run_file: snapshot.text,
    },
  };
}

function pixelNormalization(normalization: Normalization): PixelNormalization {
  switch (normalization.kind) {
    case 'none':
      return {};
    case 'standardize':
      return { mean: normalization.mean, scale: normalization.scale };
    case 'per_pixel_mean':
      return { mean: normalization.mean };
  }
}

/** As JSON; a mean image, being as large as an image, is only in the graph. */
function describeNormalization(normalization: Normalization): string {
  const { kind } = normalization;
  const applied_by = 'the model';
  if (kind !== 'standardize') return JSON.stringify({ kind, applied_by });
  const std = normalization.scale.map((factor) => 1 / factor);
  return JSON.stringify({ kind, mean: normalization.mean, std, applied_by });
}
