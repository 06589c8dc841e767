/** What every export is: files with names, made one after the other. */
import type { RunSnapshot } from '../protocol/requests.ts';

/** Every kind, as the command's options are called. */
export const EXPORT_KINDS = ['weights', 'onnx', 'saved-model', 'tensorboard', 'csv', 'svg', 'report'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

/** One file to come. */
export interface PlannedFile {
  /** Below the target folder, with `/` between its parts; empty where the target is the file itself. */
  readonly path: string;
  /** Its bytes, in pieces; made only when it is written, since a model may be large. */
  make(): Uint8Array[];
}

export interface ExportPlan {
  readonly files: readonly PlannedFile[];
  /** What `--json` says of each file beside its name. */
  readonly facts?: Readonly<Record<string, number | string>>;
  /** Of a folder: every path that this export may ever have written there, later or earlier; other things are not ours. */
  readonly owned?: (path: string) => boolean;
  /** Of a folder: a folder of its own below the target, so that several runs lie side by side. */
  readonly folder?: string;
}

export interface Exporter {
  /** Says what will be written, and everything that is wrong, before anything is written. Throws an ExportRefusal. */
  plan(snapshot: RunSnapshot): Promise<ExportPlan>;
}

/** UTF-8. */
export const textBytes = (text: string): Uint8Array[] => [new TextEncoder().encode(text)];
