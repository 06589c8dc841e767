/** A checked run file, with the known facts about its data and its stored weights. */
import { WeightOutlines } from '../formats/weight-file.ts';
import { printableLine } from '../protocol/printable.ts';
import { type Checked, checkRead, layersJson } from '../run-file/check.ts';
import { type DataFailure, describeDataProblem } from '../run-file/data-failure.ts';
import { RUN_FILE_RULE } from '../run-file/mistake.ts';
import { readRunFile } from '../run-file/read.ts';
import { lookAtDataOf } from './look-at-data.ts';
import { placeOf, readText } from './run-files.ts';
import { TaskError } from './task-error.ts';

const outlines = new WeightOutlines();

/** A checked file, and the problems of its data. */
export interface CheckedFile {
  readonly file: string;
  readonly checked: Checked;
  readonly failures: readonly DataFailure[];
}

/** Check a file and look at its data. Throws a TaskError if it can't be read. */
export async function checkFile(file: string): Promise<CheckedFile> {
  const text = readText(file);
  const runFile = readRunFile(text, { ...placeOf(file), readStored: outlines.read, forCheck: true });
  const { facts, problem } = await lookAtDataOf(runFile);
  const failures = problem ? [describeDataProblem(problem, runFile.positions)] : [];
  return { file, checked: checkRead(runFile, { data: facts }), failures };
}

/** A missing file or a folder, as a file whose first line is a mistake. */
function asUnreadable(file: string, error: unknown): CheckedFile {
  if (!(error instanceof TaskError)) throw error;
  // The message begins with the file's name, which is told apart.
  const message = error.message.replace(`${printableLine(file)}: `, '');
  const range = { line: 1, column: 1, endLine: 1, endColumn: 1 };
  const runFile = readRunFile('', { fileName: '', folder: '', forCheck: true });
  return { file, checked: { runFile: { ...runFile, mistakes: [{ message, range }] } }, failures: [] };
}

/** Check files, one after the other; if one can't be read, the others are still checked. */
export async function checkFiles(files: readonly string[]): Promise<CheckedFile[]> {
  const results: CheckedFile[] = [];
  for (const file of files) results.push(await checkFile(file).catch((error: unknown) => asUnreadable(file, error)));
  return results;
}

/** The line of `check --json`: for a file that can't be read as a network, only its mistakes. */
export function checkJson({ file, checked: { runFile, checked }, failures }: CheckedFile) {
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
