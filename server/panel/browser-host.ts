/** Requests of a page in a browser: carried out by the training server or, where an editor would be needed, answered with instructions. */
import type { BrowserMessage, Instruction } from '../protocol/panel.ts';
import { Prove, Remove, Resume, type RunSummary, Show, Stop } from '../protocol/requests.ts';
import { typedCommand } from '../system/command-name.ts';
import { diskTexts } from './disk-texts.ts';
import { fixInstruction, newRunFileInstruction, placeInstruction, trainInstruction } from './instructions.ts';
import { layerLine } from './layer-line.ts';
import type { OneStore } from './one-store.ts';
import type { HostAction, PanelHost } from './panel-host.ts';

export interface BrowserHostOptions {
  readonly store: OneStore;
  /** Where the command was called: the folder that is searched for run files. */
  readonly folder: string;
  readonly post: (message: BrowserMessage) => void;
  /** Draw exactly these runs. */
  readonly show: (runs: readonly string[]) => void;
  readonly warn: (text: string) => void;
}

export class BrowserHost implements PanelHost {
  readonly texts = diskTexts;
  readonly #options: BrowserHostOptions;

  constructor(options: BrowserHostOptions) {
    this.#options = options;
  }

  async act(action: HostAction): Promise<void> {
    const { store, folder, show } = this.#options;
    const { connection } = store;
    switch (action.type) {
      case 'stop':
        return void (await connection.request(Stop, { run: action.run }));
      case 'resume':
        return void (await connection.request(Resume, { run: action.run }));
      case 'remove':
        return void (await connection.request(Remove, { run: action.run }));
      case 'prove': {
        const { runs } = await connection.request(Prove, { run: action.run, rule: action.rule });
        return show(runs.map(({ run }) => run));
      }
      case 'reveal':
        return this.#showPlace(action.run, () => action.line);
      case 'revealLayer':
        return this.#showPlace(action.run, (text, file) => layerLine(text, { file, layer: action.layer }) ?? 1);
      case 'applyFix': {
        const { summary, text, findings } = await connection.request(Show, { run: action.run });
        const finding = findings.findLast((one) => one.rule === action.rule && one.fix);
        if (!finding?.fix) throw new Error(`${summary.name} has no fix for ${action.rule}.`);
        const now = await diskTexts.read(summary.file);
        return this.#instruct(fixInstruction({ file: summary.file, text, now, rule: action.rule, fix: finding.fix }));
      }
      case 'train':
        return this.#instruct(await trainInstruction(folder));
      case 'newRunFile':
        return this.#instruct(newRunFileInstruction(folder));
      case 'save':
        throw new Error('A page in a browser saves files itself.');
      default:
        throw new Error(`The panel sent “${String((action satisfies never as HostAction).type)}”, which is not known.`);
    }
  }

  /** Shows a line of the run's current file, or of the text that was run if the file is gone. */
  async #showPlace(run: string, lineOf: (text: string, file: string) => number): Promise<void> {
    const { store } = this.#options;
    const { file, name } = this.#summary(run);
    const now = await diskTexts.read(file);
    const text = now ?? (await store.connection.request(Show, { run })).text;
    this.#instruct(placeInstruction({ file, name, text, line: lineOf(text, file), isGone: now === undefined }));
  }

  /** Shows an instruction, its commands as this user types them. */
  #instruct({ commands, ...instruction }: Instruction): void {
    const typed = commands?.map((command) => command.replace(/^rectiscope\b/, typedCommand()));
    this.#options.post({ ...instruction, ...(typed && { commands: typed }) });
  }

  #summary(run: string): RunSummary {
    const summary = this.#options.store.run(run);
    if (!summary) throw new Error(`Run ${run} is no longer in the store.`);
    return summary;
  }

  /** The browser stores the view of a page. */
  remember(): void {}

  rememberChosen(): void {}

  warn(text: string): void {
    this.#options.warn(text);
  }
}
