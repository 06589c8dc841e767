/** The protocol's edits and positions as VS Code's. */
import * as vscode from 'vscode';
import type { FileEdit, Severity } from '../../server/protocol/events.ts';

/** Lines and columns count from 1 in the protocol, from 0 in VS Code; both count UTF-16 units. */
export const toRange = ({ line, column, end_line, end_column }: Omit<FileEdit, 'text'>): vscode.Range =>
  new vscode.Range(line - 1, column - 1, end_line - 1, end_column - 1);

/** One workspace edit, so that one undo reverts a fix. */
export function toWorkspaceEdit(uri: vscode.Uri, edits: readonly FileEdit[]): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  edit.set(
    uri,
    edits.map((one) => vscode.TextEdit.replace(toRange(one), one.text)),
  );
  return edit;
}

const severities: Record<Severity, vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  information: vscode.DiagnosticSeverity.Information,
};

export const toSeverity = (severity: Severity): vscode.DiagnosticSeverity => severities[severity];
