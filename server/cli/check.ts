import { Command, Option } from 'commander';
import { printableLine } from '../protocol/printable.ts';
import { placedMistake, RUN_FILE_RULE } from '../run-file/mistake.ts';
import { productVersion } from '../system/processes.ts';
import { type CheckedFile, checkFiles, checkJson } from '../tasks/check.ts';
import { Exit, print, printJson, styled } from './output.ts';
import { layerTable, summaryText } from './print-check.ts';
import { printFindings } from './print-findings.ts';
import { type FileReports, reportPlace, sarifLog } from './sarif.ts';

/** Exit code of one file: `train` would refuse it or its data, a finding is an error, or neither. */
function exitOf({ checked: { checked }, failures }: CheckedFile): Exit {
  if (!checked || failures.length > 0) return Exit.badInput;
  return checked.findings.some(({ severity }) => severity === 'error') ? Exit.badEnd : Exit.done;
}

/** Findings of one file, or its mistakes, for SARIF. */
function reportsOf({ file, checked: { runFile, checked }, failures }: CheckedFile): FileReports {
  if (!checked)
    return {
      file,
      reports: runFile.mistakes.map(({ message, range }) => ({
        rule: RUN_FILE_RULE,
        severity: 'error',
        message,
        region: {
          startLine: range.line,
          startColumn: range.column,
          endLine: range.endLine,
          endColumn: range.endColumn,
        },
      })),
    };
  const ofData = failures.map(({ rule, severity, message, line, column }) => ({
    ...{ rule, severity, message },
    region: { startLine: line, startColumn: column },
  }));
  const ofRules = checked.findings.map(({ rule, severity, message, fix, ...more }) => {
    const { layer, cause, evidence, threshold, source, predicted } = more;
    return {
      rule,
      severity,
      message,
      ...reportPlace(more),
      ...(fix && { fix }),
      properties: {
        ...(layer !== undefined && { layer }),
        ...(cause !== undefined && { cause }),
        ...(predicted !== undefined && { predicted }),
        ...{ threshold, source, evidence },
      },
    };
  });
  return { file, reports: [...ofData, ...ofRules] };
}

interface ShowOptions {
  readonly json: boolean;
  /** Whether people get a row for every layer. */
  readonly layers: boolean;
  /** Whether people get what there is to know beyond the messages. */
  readonly verbose: boolean;
}

/** Depth, cost and propagation of one file, and its findings. */
function show(result: CheckedFile, options: ShowOptions): void {
  if (options.json) return printJson(checkJson(result));
  const { file, failures } = result;
  const { runFile, checked } = result.checked;
  if (!checked) {
    for (const mistake of runFile.mistakes) print(placedMistake(file, mistake));
    return;
  }
  print(styled('bold', printableLine(file)));
  print(summaryText(checked));
  if (options.layers) print(`\n${layerTable(checked)}\n`);
  printFindings([...failures, ...checked.findings], file, options);
  print();
}

/** `rectiscope check FILE…` */
export function checkCommand(): Command {
  return new Command('check')
    .description('Static analysis: do the signal and the gradient survive the depth?')
    .argument('<file...>', 'run files')
    .option('--layers', 'a row for every layer; always for a single file')
    .option('--verbose', 'with the details of each finding')
    .addOption(new Option('--json', 'one JSON line per file').conflicts('sarif'))
    .option('--sarif', 'one SARIF 2.1.0 log of all files, for code hosts and editors')
    .action(async (files: string[], options: Partial<ShowOptions> & { sarif?: boolean }) => {
      const { json = false, layers = files.length === 1, sarif = false, verbose = false } = options;
      const results = await checkFiles(files);
      if (sarif) printJson(sarifLog(results.map(reportsOf), productVersion()));
      else for (const result of results) show(result, { json, layers, verbose });
      const codes = results.map(exitOf);
      // A file that can't be trained outweighs one with a finding.
      process.exitCode = codes.includes(Exit.badInput) ? Exit.badInput : Math.max(...codes);
    });
}
