import type { TextDocument } from 'vscode-languageserver-textdocument';
import { WeightOutlines } from '../formats/weight-file.ts';
import { type Checked, checkRead } from '../run-file/check.ts';
import { type DataFailure, describeDataProblem } from '../run-file/data-failure.ts';
import { type RunFile, readRunFile } from '../run-file/read.ts';
import { isOnDisk, placeOf } from './address.ts';
import { type DataLookOptions, DataLooks } from './data-looks.ts';

interface Analysis {
  readonly version: number;
  readonly checked: Checked;
  /** What is wrong with the data that the file names. */
  readonly failures: readonly DataFailure[];
}

/** The analyses of the current text of the open run files: read, predicted, and combined with the results on their data. */
export class Analyses {
  readonly #known = new Map<string, Analysis>();
  readonly #outlines = new WeightOutlines();
  readonly #looks: DataLooks;

  /** `onChange`: a file's analysis changed although its text did not. */
  constructor({ onChange, onFault }: DataLookOptions) {
    this.#looks = new DataLooks({
      onChange: (uri) => {
        const last = this.#known.get(uri);
        if (last) this.#known.set(uri, this.#analyse(uri, last.checked.runFile, last.version));
        onChange(uri);
      },
      onFault,
    });
  }

  /** The text of the file with this URI. */
  read(uri: string, text: string): RunFile {
    return readRunFile(text, {
      ...placeOf(uri),
      ...(isOnDisk(uri) && { readStored: this.#outlines.read }),
      forCheck: true,
    });
  }

  of(document: TextDocument): Analysis {
    const { uri, version } = document;
    const last = this.#known.get(uri);
    if (last?.version === version) return last;
    const runFile = this.read(uri, document.getText());
    if (runFile.config && isOnDisk(uri)) this.#looks.watch(uri, runFile.config);
    const analysis = this.#analyse(uri, runFile, version);
    this.#known.set(uri, analysis);
    return analysis;
  }

  /** Whether there was an analysis. */
  forget(uri: string): boolean {
    this.#looks.forget(uri);
    return this.#known.delete(uri);
  }

  close(): void {
    this.#looks.close();
  }

  #analyse(uri: string, runFile: RunFile, version: number): Analysis {
    const { facts, problem } = runFile.config ? this.#looks.known(uri, runFile.config) : {};
    const failures = problem ? [describeDataProblem(problem, runFile.positions)] : [];
    return { version, checked: checkRead(runFile, { data: facts }), failures };
  }
}
