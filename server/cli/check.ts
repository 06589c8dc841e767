import { dirname, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { productVersion } from '../processes.ts';
import type { DataLook } from '../protocol/data-look.ts';
import { type Checked, checkRead, layersJson } from '../run-file/check.ts';
import { type DataFailure, describeDataProblem } from '../run-file/data-failure.ts';
import { RUN_FILE_RULE } from '../run-file/mistake.ts';
import { type RunFile, readRunFile } from '../run-file/read.ts';
import { WeightOutlines } from '../weight-file.ts';
import { Exit, print, printJson, styled } from './output.ts';
import { layerTable, summaryText } from './print-check.ts';
import { printFindings } from './print-findings.ts';
import { describeMistake, readText } from './run-files.ts';
import { type FileReports, sarifLog } from './sarif.ts';

const outlines = new WeightOutlines();

/** A file checked, and what is wrong with its data. */
interface Result {
  readonly checked: Checked;
  readonly failures: readonly DataFailure[];
}

async function check(file: string): Promise<Result> {
  const text = readText(file);
  const options = { fileName: file, folder: dirname(resolve(file)), readStored: outlines.read, forCheck: true };
  const runFile = readRunFile(text, options);
  const { facts, problem } = await lookAt(runFile);
  const failures = problem ? [describeDataProblem(problem, runFile.positions)] : [];
  return { checked: checkRead(runFile, { data: facts }), failures };
}

/** What can be told of the data; without data there is nothing to load the image decoder for. */
async function lookAt({ config }: RunFile): Promise<DataLook> {
  if (!config?.data) return {};
  const { lookAtData } = await import('../trainer/data/look.ts');
  return lookAtData(config);
}

/** Exit code of one file: a file that can't be read as a network, a finding that is an error, or neither. */
function exitOf({ checked: { checked }, failures }: Result): Exit {
  if (!checked) return Exit.badInput;
  return [...failures, ...checked.findings].some(({ severity }) => severity === 'error') ? Exit.badEnd : Exit.done;
}

/** Findings of one file, or its mistakes, for SARIF. */
function reportsOf(file: string, { checked: { runFile, checked }, failures }: Result): FileReports {
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
function show(file: string, { checked: { runFile, checked }, failures }: Result, options: ShowOptions): void {
  if (!checked) {
    const findings = runFile.mistakes.map(({ message, range }) => ({
      rule: RUN_FILE_RULE,
      severity: 'error',
      line: range.line,
      column: range.column,
      message,
    }));
    if (options.json) printJson({ file, findings });
    else for (const mistake of runFile.mistakes) print(describeMistake(file, mistake));
    return;
  }
  const { propagation, parameters, multiplyAdds } = checked;
  const findings = [...failures, ...checked.findings];
  const layers = layersJson(checked, runFile);
  if (options.json)
    printJson({
      file,
      parameters,
      multiply_adds: multiplyAdds,
      weighted_layers: layers.length,
      forward_factor: propagation.forwardFactor,
      backward_factor: propagation.backwardFactor,
      layers,
      findings,
    });
  else {
    print(styled('bold', file));
    print(summaryText(checked));
    if (options.layers) print(`\n${layerTable(checked)}\n`);
    printFindings(findings, file, options);
    print();
  }
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
      const results: { file: string; result: Result }[] = [];
      for (const file of files) results.push({ file, result: await check(file) });
      if (sarif)
        printJson(
          sarifLog(
            results.map(({ file, result }) => reportsOf(file, result)),
            productVersion(),
          ),
        );
      else for (const { file, result } of results) show(file, result, { json, layers, verbose });
      const codes = results.map(({ result }) => exitOf(result));
      // A file that can't be read outweighs one with a finding.
      process.exitCode = codes.includes(Exit.badInput) ? Exit.badInput : Math.max(...codes);
    });
}
