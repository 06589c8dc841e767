/** *Open Run File*: the run's file, at a line or at a layer's entry; the text that was run if the file is gone. */
import * as vscode from 'vscode';
import { layerLine } from '../../server/panel/layer-line.ts';
import { Show } from '../../server/protocol/requests.ts';
import { Refusal } from '../refusal.ts';
import { currentText, revealLine } from '../run-files.ts';
import { runTextUri } from '../run-text.ts';
import type { CommandContext } from './context.ts';
import { pickRun } from './pick-run.ts';

const { t } = vscode.l10n;

/** Opens a run's file; `place` is `{line}`, counted from 1, or `{layer}`, the entry that made a layer of this name. */
export async function revealRunFile({ stores }: CommandContext, given: unknown, place?: unknown): Promise<void> {
  const run = await pickRun(stores, given, {
    placeHolder: t('Run whose file to open'),
    none: t('There are no runs yet.'),
  });
  if (!run) return;
  const file = vscode.Uri.file(run.file);
  const isThere = await vscode.workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
  const uri = isThere ? file : runTextUri(run);
  const text = isThere ? await currentText(file) : (await stores.request(run.run, Show, { run: run.run })).text;
  await revealLine(uri, lineOf(place, text, file));
}

function lineOf(place: unknown, text: string, file: vscode.Uri): number {
  const { line, layer } = (place ?? {}) as { line?: unknown; layer?: unknown };
  if (typeof line === 'number') return line;
  if (typeof layer !== 'string') return 1;
  const found = layerLine(text, { file: file.fsPath, layer });
  if (found === undefined) throw new Refusal(t('The run file no longer has a layer {0}.', layer));
  return found;
}
