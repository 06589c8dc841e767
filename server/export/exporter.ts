/** The form of every export: files with names, made one after the other. */
import type { RunSnapshot } from '../protocol/requests.ts';

/** Every kind, named like the command's options. */
export const EXPORT_KINDS = ['weights', 'onnx', 'saved-model', 'tensorboard', 'csv', 'svg', 'report'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

/** One file to write. */
export interface PlannedFile {
  /** Below the target folder, with `/` between its parts; empty if the target is the file itself. */
  readonly path: string;
  /** Its bytes, in pieces; made only when it is written, since a model may be large. */
  make(): Uint8Array[];
}

export interface ExportPlan {
  readonly files: readonly PlannedFile[];
  /** What `--json` prints for each file beside its name. */
  readonly facts?: Readonly<Record<string, number | string>>;
  /** For a folder: every path that any export of this kind can write there; other files are not ours. */
  readonly owned?: (path: string) => boolean;
  /** For a folder: a separate folder below the target, so that several runs can share it. */
  readonly folder?: string;
}

export interface Exporter {
  /** Determines what will be written, and everything that is wrong, before anything is written. Throws an ExportRefusal. */
  plan(snapshot: RunSnapshot): Promise<ExportPlan>;
}

/** UTF-8. */
export const textBytes = (text: string): Uint8Array[] => [new TextEncoder().encode(text)];
