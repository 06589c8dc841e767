/** *Check*: reports at once what the language server marks in a run file. */
import * as vscode from 'vscode';
import { weightedLayers } from '../../server/domain/network/network.ts';
import { formatCount } from '../../server/domain/numbers/format.ts';
import { checkRunFile } from '../../server/run-file/check.ts';
import { checkOptionsOf, chooseRunFile, currentText, revealLine } from '../run-files.ts';

const { t } = vscode.l10n;

/** Checks a run file: goes to the first problem, or reports that there is none. */
export async function check(given: unknown): Promise<void> {
  const file = await chooseRunFile(given, t('Run file to check'));
  if (!file) return;
  const { runFile, checked } = checkRunFile(await currentText(file), checkOptionsOf(file));
  const places = [
    ...runFile.mistakes.map(({ range }) => range.line),
    ...(checked?.findings ?? []).map(({ line = 1 }) => line),
  ];
  const [first] = places.toSorted((a, b) => a - b);
  if (first !== undefined) {
    await revealLine(file, first);
    await vscode.commands.executeCommand('workbench.actions.view.problems');
    return;
  }
  if (!checked) return;
  const { network, parameters, propagation } = checked;
  await vscode.window.showInformationMessage(
    t(
      '{0}: no mistakes and no findings. {1} weighted layers, {2} parameters; at the start the gradient keeps {3} % of what He’s initialisation would give it.',
      vscode.workspace.asRelativePath(file),
      weightedLayers(network).length,
      formatCount(parameters),
      Math.round(100 * propagation.backwardFactor),
    ),
  );
}
