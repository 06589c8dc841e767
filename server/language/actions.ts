import { isDeepStrictEqual } from 'node:util';
import { type CodeAction, CodeActionKind, type Diagnostic, type Range, type TextEdit } from 'vscode-languageserver';
import type { Checked } from '../run-file/check.ts';
import { removeKeyEdit } from '../run-file/edit.ts';
import { describePath } from '../run-file/mistake.ts';
import { diagnosticsOf, findingRange } from './diagnostics.ts';
import { overlap, toLspRange, toTextEdit } from './ranges.ts';

/** On `train.learning_rate`: the test that finds one. The extension registers the command, as for the lenses. */
function testRates({ runFile: { positions, mistakes } }: Checked, uri: string, range: Range): CodeAction[] {
  const entry = positions.entryRange(['train', 'learning_rate']);
  if (!entry || mistakes.length > 0 || !overlap(toLspRange(entry), range)) return [];
  const title = 'Test learning rates';
  return [
    {
      title,
      kind: CodeActionKind.RefactorRewrite,
      command: { title, command: 'rectiscope.learningRate', arguments: [uri] },
    },
  ];
}

/** The actions in a range: quick fixes of what is underlined, and the test of learning rates. */
export const actionsAt = (analysis: Checked, uri: string, range: Range): CodeAction[] => [
  ...quickFixesAt(analysis, uri, range),
  ...testRates(analysis, uri, range),
];

/** Quick fixes for what is underlined in a range: the nearest valid word, a removal, the fix of a finding. */
function quickFixesAt({ runFile, checked }: Checked, uri: string, range: Range): CodeAction[] {
  const { mistakes, positions } = runFile;
  const diagnostics = diagnosticsOf({ runFile, ...(checked ? { checked } : {}) });
  const actions: CodeAction[] = [];
  const add = (title: string, edits: TextEdit[], diagnostic: Diagnostic | undefined): void => {
    if (edits.length === 0 || !diagnostic) return;
    // One fix often resolves several findings: it is offered once, for all of them.
    const same = actions.find(
      (action) => action.title === title && isDeepStrictEqual(action.edit?.changes?.[uri], edits),
    );
    if (same) {
      same.diagnostics?.push(diagnostic);
      return;
    }
    actions.push({
      title,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      isPreferred: true,
      edit: { changes: { [uri]: edits } },
    });
  };
  for (const [i, mistake] of mistakes.entries()) {
    const where = toLspRange(mistake.range);
    if (!overlap(where, range)) continue;
    const { suggestion, path } = mistake;
    if (suggestion !== undefined)
      add(`Change to \`${suggestion}\``, [{ range: where, newText: suggestion }], diagnostics[i]);
    else if (mistake.removable && path) {
      add(`Remove \`${describePath(path)}\``, removeKeyEdit(positions, path).map(toTextEdit), diagnostics[i]);
    }
  }
  for (const [i, finding] of (checked?.findings ?? []).entries()) {
    if (!finding.fix || !overlap(toLspRange(findingRange(finding, positions)), range)) continue;
    add(finding.fix.title, finding.fix.edits.map(toTextEdit), diagnostics[mistakes.length + i]);
  }
  return actions;
}
