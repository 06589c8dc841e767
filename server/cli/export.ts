import { Command } from 'commander';

import { formatBytes } from '../domain/numbers/units.ts';
import type { WrittenFile } from '../export/export-run.ts';
import { EXPORT_KINDS, type ExportKind } from '../export/exporter.ts';
import { ExportRefusal } from '../export/refusal.ts';
import { TaskError } from '../tasks/task-error.ts';
import { print, printJson } from './output.ts';
import { withReader } from './read-store.ts';

type Options = Partial<Record<string, string>> & { readonly json?: true; readonly force?: true };

/** Commander gives `--saved-model` as `savedModel`. */
const optionKey = (kind: ExportKind): string => kind.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

async function run(name: string, options: Options): Promise<void> {
  const targets = new Map<ExportKind, string>();
  for (const kind of EXPORT_KINDS) {
    const target = options[optionKey(kind)];
    if (target !== undefined) targets.set(kind, target);
  }
  if (targets.size === 0) {
    const all = EXPORT_KINDS.map((kind) => `--${kind}`);
    throw new TaskError('badInput', `Choose what to export: ${all.join(', ')}; several at once if you like.`);
  }
  const snapshot = await withReader(({ show }) => show(name));
  const tell = (written: WrittenFile): void => {
    if (options.json) printJson({ run: snapshot.summary.run, ...written });
    else print(`${written.file} (${formatBytes(written.bytes)})`);
  };
  // Loaded when it is needed: the writers of all formats, and what reads images, are no part of other commands.
  const { exportRun } = await import('../export/export-run.ts');
  try {
    await exportRun(snapshot, targets, { force: options.force ?? false, onWritten: tell });
  } catch (error) {
    throw error instanceof ExportRefusal ? new TaskError('badInput', error.message) : error;
  }
}

/** `rectiscope export RUN --weights FILE | --onnx FILE | …` */
export function exportCommand(): Command {
  return new Command('export')
    .description('Write a run’s weights and measurements for other programs and for people.')
    .argument('<run>', 'id, prefix of an id, or name')
    .option('--weights <file>', 'the learned arrays, safetensors: conv1.weight is [kernel, kernel, in, out]')
    .option('--onnx <file>', 'a model for onnxruntime and others: pixels 0..1 in, logits and probabilities out')
    .option('--saved-model <dir>', 'the same model for TensorFlow')
    .option('--tensorboard <dir>', 'event files; each run gets its own folder there')
    .option('--csv <file>', 'every measured number, one per row')
    .option('--svg <dir>', 'every chart, to print')
    .option('--report <file>', 'one HTML page, without scripts, that reports the run')
    .option('--force', 'overwrite an earlier export')
    .option('--json', 'one JSON line per file written')
    .action(run);
}
