/** The fix of a live finding as a quick fix of its diagnostic. */
import * as vscode from 'vscode';
import type { FindingEvent } from '../../server/protocol/events.ts';
import { checkRunFile } from '../../server/run-file/check.ts';
import { checkOptionsOf, RUN_FILE_SELECTOR } from '../run-files.ts';
import { toWorkspaceEdit } from './edits.ts';
import type { LiveFindings } from './live-findings.ts';

/** Whether the language server predicts a finding with the same fix on the same line, and so already offers the fix. */
function isOffered({ uri, getText }: vscode.TextDocument, { line, fix }: FindingEvent): boolean {
  const { checked } = checkRunFile(getText(), checkOptionsOf(uri));
  return (checked?.findings ?? []).some((other) => other.line === line && other.fix?.title === fix?.title);
}

/** Offers the fixes; diagnostics exist only while the text is the one that the edits were made for. */
export function provideQuickFixes(findings: LiveFindings): vscode.Disposable {
  const provider: vscode.CodeActionProvider = {
    provideCodeActions: (document, _range, { diagnostics }) =>
      diagnostics.flatMap((diagnostic) => {
        const finding = findings.findingOf(document.uri, diagnostic);
        if (!finding?.fix?.edits.length || isOffered(document, finding)) return [];
        const action = new vscode.CodeAction(finding.fix.title, vscode.CodeActionKind.QuickFix);
        action.diagnostics = [diagnostic];
        action.isPreferred = true;
        action.edit = toWorkspaceEdit(document.uri, finding.fix.edits);
        return [action];
      }),
  };
  return vscode.languages.registerCodeActionsProvider(RUN_FILE_SELECTOR, provider, {
    providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
  });
}
