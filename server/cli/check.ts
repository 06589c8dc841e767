import { Command, Option } from 'commander';
import { printableLine } from '../protocol/printable.ts';
import { RUN_FILE_RULE } from '../run-file/mistake.ts';
import { readRunFile } from '../run-file/read.ts';
import { productVersion } from '../system/processes.ts';
import { type CheckedFile, checkFile, checkJson } from './check-file.ts';
import { CommandError, Exit, print, printJson, styled } from './output.ts';
import { layerTable, summaryText } from './print-check.ts';
import { printFindings } from './print-findings.ts';
import { describeMistake } from './run-files.ts';
import { type FileReports, sarifLog } from './sarif.ts';

/** Exit code of one file: `train` would refuse it or its data, a finding is an error, or neither. */
function exitOf({ checked: { checked }, failures }: CheckedFile): Exit {
  if (!checked || failures.length > 0) return Exit.badInput;
  return checked.findings.some(({ severity }) => severity === 'error') ? Exit.badEnd : Exit.done;
}

/** A file that is not there or is a folder: the others are checked all the same. */
function asUnreadable(file: string, error: unknown): CheckedFile {
  if (!(error instanceof CommandError)) throw error;
  // The message begins with the file's name, which is told apart.
  const message = error.message.replace(`${printableLine(file)}: `, '');
  const range = { line: 1, column: 1, endLine: 1, endColumn: 1 };
  const runFile = readRunFile('', { fileName: '', folder: '', forCheck: true });
  return { checked: { runFile: { ...runFile, mistakes: [{ message, range }] } }, failures: [] };
}

/** Findings of one file, or its mistakes, for SARIF. */
function reportsOf(file: string, { checked: { runFile, checked }, failures }: CheckedFile): FileReports {
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
  const ofRules = checked.findings.map(({ rule, severity, message, line, column, fix, ...more }) => {
    const { layer, cause, evidence, threshold, source, predicted } = more;
    return {
      rule,
      severity,
      message,
      region: { startLine: line, startColumn: column },
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
function show(file: string, result: CheckedFile, options: ShowOptions): void {
  if (options.json) return printJson(checkJson(file, result));
  const { runFile, checked } = result.checked;
  if (!checked) {
    for (const mistake of runFile.mistakes) print(describeMistake(file, mistake));
    return;
  }
  print(styled('bold', printableLine(file)));
  print(summaryText(checked));
  if (options.layers) print(`\n${layerTable(checked)}\n`);
  printFindings([...result.failures, ...checked.findings], file, options);
  print();
}

/** `rectiscope check FILE…` */
export function checkCommand(): Command {
  return new Command('check')
    .description('Static analysis: will the signal and the gradient survive the depth?')
    .argument('<file...>', 'run files')
    .option('--layers', 'a row for every layer; of a single file always')
    .option('--verbose', 'with what there is to know beyond each finding’s message')
    .addOption(new Option('--json', 'one JSON line a file').conflicts('sarif'))
    .option('--sarif', 'one SARIF 2.1.0 log of all files, for code hosts and editors')
    .action(async (files: string[], options: Partial<ShowOptions> & { sarif?: boolean }) => {
      const { json = false, layers = files.length === 1, sarif = false, verbose = false } = options;
      const results: { file: string; result: CheckedFile }[] = [];
      for (const file of files)
        results.push({ file, result: await checkFile(file).catch((error: unknown) => asUnreadable(file, error)) });
      if (sarif)
        printJson(
          sarifLog(
            results.map(({ file, result }) => reportsOf(file, result)),
            productVersion(),
          ),
        );
      else for (const { file, result } of results) show(file, result, { json, layers, verbose });
      const codes = results.map(({ result }) => exitOf(result));
      // A file that can't be trained outweighs one with a finding.
      process.exitCode = codes.includes(Exit.badInput) ? Exit.badInput : Math.max(...codes);
    });
}
