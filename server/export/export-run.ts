/** Every kind of export, and how to make one or several of a run. */
import { join, resolve } from 'node:path';
import type { RunSnapshot } from '../protocol/requests.ts';
import { csv } from './csv.ts';
import type { Exporter, ExportKind } from './exporter.ts';
import { onnx } from './onnx.ts';
import { report } from './report.ts';
import { savedModel } from './saved-model.ts';
import { svg } from './svg.ts';
import { tensorboard } from './tensorboard.ts';
import { weights } from './weights.ts';
import { type PlacedFile, placeFile, placeFolder, refuseShared, writePlaced } from './write.ts';

/** By the option's name; `target` is what it names. */
const EXPORTS: Record<ExportKind, { exporter: Exporter; target: 'file' | 'folder' }> = {
  weights: { exporter: weights, target: 'file' },
  onnx: { exporter: onnx, target: 'file' },
  'saved-model': { exporter: savedModel, target: 'folder' },
  tensorboard: { exporter: tensorboard, target: 'folder' },
  csv: { exporter: csv, target: 'file' },
  svg: { exporter: svg, target: 'folder' },
  report: { exporter: report, target: 'file' },
};

/** One file that was written. */
export interface WrittenFile {
  readonly kind: ExportKind;
  /** Absolute. */
  readonly file: string;
  readonly bytes: number;
  /** Further properties, such as the step of its weights. */
  readonly [fact: string]: number | string;
}

/**
 * Writes the exports of a run, file by file, reporting each. Everything is checked before anything is written.
 * Throws an ExportRefusal.
 */
export async function exportRun(
  snapshot: RunSnapshot,
  targets: ReadonlyMap<ExportKind, string>,
  { force, onWritten }: { force: boolean; onWritten: (file: WrittenFile) => void },
): Promise<void> {
  const planned: { kind: ExportKind; facts: Record<string, number | string>; files: PlacedFile[] }[] = [];
  const places: string[] = [];
  for (const [kind, name] of targets) {
    const { exporter, target } = EXPORTS[kind];
    const plan = await exporter.plan(snapshot);
    const path = resolve(name);
    const place = target === 'file' ? placeFile : placeFolder;
    planned.push({ kind, facts: { ...plan.facts }, files: await place(path, plan, force) });
    places.push(join(path, plan.folder ?? ''));
  }
  refuseShared(places);
  for (const { kind, facts, files } of planned)
    for (const file of files) {
      const bytes = await writePlaced(file);
      onWritten({ kind, file: file.file, bytes, ...facts });
    }
}
