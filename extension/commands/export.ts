/** *Export*: `rectiscope export` of a run, format and target that the user picks. */
import { once } from 'node:events';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as vscode from 'vscode';
import { spawnCommand } from '../../server/system/processes.ts';
import { Refusal } from '../refusal.ts';
import type { CommandContext } from './context.ts';
import { pickRun } from './pick-run.ts';

const { t } = vscode.l10n;

interface Kind extends vscode.QuickPickItem {
  /** Option of the command. */
  readonly option: string;
  /** Extension of its file; undefined for a folder. */
  readonly ending?: string;
}

const kinds = (): Kind[] => [
  {
    option: 'report',
    ending: 'html',
    label: t('Report'),
    detail: t('One HTML page with results, findings and charts'),
  },
  { option: 'weights', ending: 'safetensors', label: t('Weights'), detail: t('The learned arrays, safetensors') },
  { option: 'onnx', ending: 'onnx', label: t('ONNX model'), detail: t('For onnxruntime and others') },
  { option: 'saved-model', label: t('TensorFlow SavedModel'), detail: t('A folder') },
  { option: 'tensorboard', label: t('TensorBoard events'), detail: t('A folder') },
  { option: 'csv', ending: 'csv', label: t('CSV'), detail: t('Every measured number, one per row') },
  { option: 'svg', label: t('Charts as SVG'), detail: t('A folder') },
];

/** Exports a run (its id, or one that the user picks). The dialog confirms overwriting, so the command need not. */
export async function exportRun({ stores }: CommandContext, given: unknown): Promise<void> {
  const run = await pickRun(stores, given, {
    placeHolder: t('Run to export'),
    none: t('There is no run to export yet.'),
  });
  if (!run) return;
  const kind = await vscode.window.showQuickPick(kinds(), { placeHolder: t('Export {0} as', run.name) });
  if (!kind) return;
  const name = run.name.replace(/[^\p{L}\p{N}._-]+/gu, '-');
  const proposal = join(
    dirname(run.file) || homedir(),
    kind.ending === undefined ? `${name}-${kind.option}` : `${name}.${kind.ending}`,
  );
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(proposal),
    saveLabel: t('Export'),
    ...(kind.ending !== undefined && { filters: { [kind.label]: [kind.ending] } }),
  });
  if (!target) return;
  const words = ['export', run.run, `--${kind.option}`, target.fsPath, '--force', '--json'];
  const home = stores.connectionOf(run.run).home;
  const options = { location: vscode.ProgressLocation.Notification, title: t('Exporting {0} …', run.name) };
  await vscode.window.withProgress(options, () => command(words, home));
  const open = kind.ending === 'html' ? t('Open') : t('Show');
  const answer = await vscode.window.showInformationMessage(t('{0} exported.', run.name), open);
  if (answer !== open) return;
  if (kind.ending === 'html') await vscode.env.openExternal(target);
  else await vscode.commands.executeCommand('revealFileInOS', target);
}

/** Runs a command to its end; if it fails, throws its message. */
async function command(words: readonly string[], home: string): Promise<void> {
  const child = spawnCommand(words, { home });
  child.stdin.end();
  child.stdout.resume();
  const closed = once(child, 'close') as Promise<[number | null]>;
  const [output, [code]] = await Promise.all([text(child.stderr), closed]);
  if (code === 0) return;
  const last = output.trim().split('\n').at(-1) ?? '';
  if (code === 2) throw new Refusal(last);
  throw new Error(t('The export ended with code {0}: {1}', String(code), output.trim()));
}
