/** A run file checked, with what can be told of its data: for `check` and for agents. */
import { dirname, resolve } from 'node:path';
import { WeightOutlines } from '../formats/weight-file.ts';
import { type Checked, checkRead, layersJson } from '../run-file/check.ts';
import { type DataFailure, describeDataProblem } from '../run-file/data-failure.ts';
import { RUN_FILE_RULE } from '../run-file/mistake.ts';
import { readRunFile } from '../run-file/read.ts';
import { lookAt, readText } from './run-files.ts';

const outlines = new WeightOutlines();

/** A file checked, and what is wrong with its data. */
export interface CheckedFile {
  readonly checked: Checked;
  readonly failures: readonly DataFailure[];
}

/** Check a file and look at its data. Throws a CommandError where it can't be read. */
export async function checkFile(file: string): Promise<CheckedFile> {
  const text = readText(file);
  const options = { fileName: file, folder: dirname(resolve(file)), readStored: outlines.read, forCheck: true };
  const runFile = readRunFile(text, options);
  const { facts, problem } = await lookAt(runFile);
  const failures = problem ? [describeDataProblem(problem, runFile.positions)] : [];
  return { checked: checkRead(runFile, { data: facts }), failures };
}

/** The line of `check --json`: of a file that can't be read as a network, its mistakes only. */
export function checkJson(file: string, { checked: { runFile, checked }, failures }: CheckedFile) {
  if (!checked) {
    const findings = runFile.mistakes.map(({ message, range }) => ({
      rule: RUN_FILE_RULE,
      severity: 'error' as const,
      line: range.line,
      column: range.column,
      message,
    }));
    return { file, findings };
  }
  const { propagation, parameters, multiplyAdds } = checked;
  const layers = layersJson(checked, runFile);
  return {
    file,
    parameters,
    multiply_adds: multiplyAdds,
    weighted_layers: layers.length,
    forward_factor: propagation.forwardFactor,
    backward_factor: propagation.backwardFactor,
    layers,
    findings: [...failures, ...checked.findings],
  };
}
