import { type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver';
import type { Severity } from '../protocol/events.ts';
import type { FindingPlace } from '../protocol/finding-place.ts';
import type { Checked } from '../run-file/check.ts';
import type { DataFailure } from '../run-file/data-failure.ts';
import { type Range, RUN_FILE_RULE, YAML_RULE } from '../run-file/mistake.ts';
import type { Positions } from '../run-file/positions.ts';
import { placeAt } from './place.ts';
import { toLspRange } from './ranges.ts';

const source = 'rectiscope';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
};

/** What an editor underlines: the file's mistakes, or else the findings on its data and of the prediction. */
export function diagnosticsOf({ runFile, checked }: Checked, failures: readonly DataFailure[] = []): Diagnostic[] {
  const { mistakes, positions } = runFile;
  const diagnostics = mistakes.map(
    ({ message, range, breaksYaml }): Diagnostic => ({
      range: toLspRange(range),
      severity: DiagnosticSeverity.Error,
      source,
      code: breaksYaml ? YAML_RULE : RUN_FILE_RULE,
      message,
    }),
  );
  for (const finding of [...failures, ...(checked?.findings ?? [])]) {
    diagnostics.push({
      range: toLspRange(findingRange(finding, positions)),
      severity: severities[finding.severity],
      source,
      code: finding.rule,
      message: finding.message,
    });
  }
  return diagnostics;
}

/** From a finding's position to the end of that key's value if it is on one line, else of the key; the first character if it has no line. */
export function findingRange({ line = 1, column = 1 }: FindingPlace, positions: Positions): Range {
  const start = positions.offset(line, column);
  const place = placeAt(positions.root, start);
  const entry = place && positions.entryRange(place.path);
  if (entry && entry.line === entry.endLine && entry.line === line) return { ...entry, column };
  return place ? positions.range(start, place.end) : { line, column, endLine: line, endColumn: column };
}
