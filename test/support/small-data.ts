import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeSplit } from './idx.ts';
import { uniforms } from './random.ts';

/** One dense layer on images of 4×4, as `writeSmallData` writes them. */
export const smallRunFile = ({
  source = 'data',
  units = 3,
  input = '[4, 4, 1]',
  normalize = 'standardize',
  batch = 16,
} = {}) => `version: 1
data: {source: ${source}, normalize: ${normalize}}
network:
  input: ${input}
  layers:
    - dense: {units: ${units}}
train: {batch_size: ${batch}, steps: 3, learning_rate: 0.02}
`;

/** Into `data` of a folder: 600 images of 4×4, two large classes and one of 20. */
export function writeSmallData(folder: string): void {
  mkdirSync(join(folder, 'data'));
  for (const name of ['train', 't10k'] as const) {
    const labels = Array.from({ length: 600 }, (_, i) => (i % 30 === 0 ? 2 : i % 2));
    const uniform = uniforms(name.length);
    const images = labels.flatMap((label) =>
      Array.from({ length: 16 }, () => Math.floor(130 * uniform()) + label * 40),
    );
    writeSplit(join(folder, 'data'), name, { shape: [600, 4, 4], images, labels });
  }
}
