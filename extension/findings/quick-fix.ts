/** The fix of a live finding as a quick fix of its diagnostic. */
import * as vscode from 'vscode';
import { RUN_FILE_SELECTOR } from '../run-files.ts';
import { toWorkspaceEdit } from './edits.ts';
import type { LiveFindings } from './live-findings.ts';

/** Whether the language server predicted the same: then it offers the fix already. */
const isPredicted = (live: vscode.Diagnostic, all: readonly vscode.Diagnostic[]): boolean =>
  all.some(
    (other) =>
      other !== live &&
      other.code === live.code &&
      other.range.start.line === live.range.start.line &&
      other.message !== live.message,
  );

/** Offer the fixes; the diagnostics stand only where the text is the one that the edits were made for. */
export function provideQuickFixes(findings: LiveFindings): vscode.Disposable {
  const provider: vscode.CodeActionProvider = {
    provideCodeActions: ({ uri }, _range, { diagnostics }) =>
      diagnostics.flatMap((diagnostic) => {
        const fix = findings.findingOf(uri, diagnostic)?.fix;
        if (!fix || isPredicted(diagnostic, diagnostics)) return [];
        const action = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
        action.diagnostics = [diagnostic];
        action.isPreferred = true;
        action.edit = toWorkspaceEdit(uri, fix.edits);
        return [action];
      }),
  };
  return vscode.languages.registerCodeActionsProvider(RUN_FILE_SELECTOR, provider, {
    providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
  });
}
